import type { NotifyPlan } from '../../domain/plan';
import { PermanentFailure } from '../../ports/failures';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The address that the channel's environment variable holds.
 *
 * @throws PermanentFailure InvalidPlan when it is not set in this process
 */
export function channelAddress({ kind, addressFrom }: NotifyPlan, variables: Variables): string {
  const address = variables[addressFrom] ?? '';
  if (address !== '') return address;
  throw new PermanentFailure(
    'InvalidPlan',
    'Notification has no address: set the variable in the environment of the workers',
    { kind, variable: addressFrom },
  );
}
