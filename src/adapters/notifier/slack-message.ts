import { notificationText, notificationTitle, type Notification } from '../../domain/notification';

/** Slack cuts longer texts of a section off with an error. */
const MAX_TEXT = 2_900;

/**
 * The payload of a Slack incoming webhook: `text` for notifications and old clients, blocks for people.
 * Source: Slack developer documentation, "Sending messages using incoming webhooks" and "Block Kit".
 */
export function slackMessage(notification: Notification): unknown {
  const title = notificationTitle(notification);
  const text = escapeText(notificationText(notification)).slice(0, MAX_TEXT);
  return {
    text: escapeText(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      { type: 'section', text: { type: 'mrkdwn', text } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: `id ${notification.id.slice(0, 16)}` }] },
    ],
  };
}

/** The three characters that Slack's text reads as control characters. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
