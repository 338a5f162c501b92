import type { Notifier } from '../../ports/notifier';
import { channelAddress, type Variables } from './channel-address';
import { postJson } from './post-json';
import { slackMessage } from './slack-message';
import { publishToSns } from './sns';

/** Sends by webhook, Slack or SNS, whatever the channel says; addresses come from `variables`. */
export function createNotifier(variables: Variables): Notifier {
  return {
    send: async (channel, notification) => {
      const address = channelAddress(channel, variables);
      switch (channel.kind) {
        case 'webhook':
          return postJson(channel, address, notification.id, notification);
        case 'slack':
          return postJson(channel, address, notification.id, slackMessage(notification));
        case 'sns':
          return publishToSns(channel, address, notification);
      }
    },
  };
}
