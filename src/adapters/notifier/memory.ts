import type { Notification } from '../../domain/notification';
import type { NotifyPlan } from '../../domain/plan';
import type { Notifier } from '../../ports/notifier';

export interface MemoryNotifier extends Notifier {
  readonly sent: readonly { readonly channel: NotifyPlan; readonly notification: Notification }[];
}

/** Keeps what it is told. */
export function createMemoryNotifier(): MemoryNotifier {
  const sent: { channel: NotifyPlan; notification: Notification }[] = [];
  return {
    sent,
    send: (channel, notification) => {
      sent.push({ channel, notification });
      return Promise.resolve();
    },
  };
}
