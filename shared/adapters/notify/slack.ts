import { type Envelope, type Format } from './format';
import { footOf, textsOf, titleOf, type Notice } from './notice';
import { forSlack } from './plain-text';

const HEADER_LENGTH_MAX = 150;
const plain = (text: string) => ({ type: 'plain_text', text: forSlack(text), emoji: false });

function blocksOf(notice: Notice): readonly object[] {
  const { links } = notice;
  const buttons = links.map(({ label, url }) => ({ type: 'button', text: plain(label), url }));
  return [
    { type: 'header', text: plain(titleOf(notice).slice(0, HEADER_LENGTH_MAX)) },
    ...textsOf(notice).map((text) => ({ type: 'section', text: plain(text) })),
    ...(buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }]),
    { type: 'context', elements: [plain(footOf(notice))] },
  ];
}

interface Section {
  readonly type: string;
  readonly text?: { readonly text: string };
}

/** Signs in the longest section: what Slack limits. */
function longestSection({ body }: Envelope): number {
  const { blocks } = JSON.parse(body) as { readonly blocks: readonly Section[] };
  return Math.max(...blocks.map(({ text }) => text?.text.length ?? 0));
}

/**
 * Incoming webhooks of Slack: blocks of plain text, at most 3,000 signs each, and a short text for the notification. They are not
 * signed: the address is the secret. `ok` is the answer to what was taken. Source: api.slack.com, incoming webhooks and Block Kit.
 */
export const SLACK: Format = {
  bytesMax: 3000,
  envelope: (notice) => ({
    body: JSON.stringify({ text: forSlack(titleOf(notice)), blocks: blocksOf(notice) }),
  }),
  lengthOf: longestSection,
  verdict: ({ body }) =>
    body.trim() === 'ok'
      ? { kind: 'taken' }
      : { kind: 'failed', code: 'not-ok', detail: body.slice(0, 200) },
};
