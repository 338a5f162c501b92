import type { Notification } from '../domain/notification';
import type { NotifyPlan } from '../domain/plan';

/**
 * Tells people and systems outside what a run came to.
 *
 * Failures: `PermanentFailure('InvalidPlan')` when the channel's address is not set or is none, or its receiver refuses
 * the message; `TransientFailure('NotifierUnavailable')` when it does not answer, or asks to come back later. No message
 * of a failure holds the address: it may be a secret.
 */
export interface Notifier {
  readonly send: (channel: NotifyPlan, notification: Notification) => Promise<void>;
}
