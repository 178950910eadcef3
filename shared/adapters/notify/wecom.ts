import { bytesOf, codeVerdict, type Format } from './format';
import { footOf, OBSERVED, titleOf, type Notice } from './notice';
import { forMarkdown } from './plain-text';

const MINUTE = 60_000;
/** 45009: more than 20 messages a minute. */
const LIMITS = { 45_009: MINUTE };
const COLOURS = { info: 'info', warning: 'comment', critical: 'warning' } as const;

/** A round bracket would end the link. */
const inLink = (url: string): string => url.replace(/\(/g, '%28').replace(/\)/g, '%29');

function markdownOf(notice: Notice): string {
  const { severity, explanation, message, mode, command, links } = notice;
  return [
    `### <font color="${COLOURS[severity]}">${forMarkdown(titleOf(notice))}</font>`,
    forMarkdown(message),
    forMarkdown(explanation),
    ...(mode === 'observe' ? [OBSERVED] : []),
    ...(command === null ? [] : [`> ${forMarkdown(command)}`]),
    ...(links.length === 0
      ? []
      : [links.map(({ label, url }) => `[${label}](${inLink(url)})`).join('  ')]),
    forMarkdown(footOf(notice)),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/**
 * Robots of WeCom groups: Markdown of at most 4,096 bytes. They are not signed: the key in the address is the secret. HTTP 200 with an
 * `errcode` other than 0 is a refusal. Source: developer.work.weixin.qq.com, group robots.
 */
export const WECOM: Format = {
  bytesMax: 4096,
  envelope: (notice) => ({
    body: JSON.stringify({ msgtype: 'markdown', markdown: { content: markdownOf(notice) } }),
  }),
  lengthOf: ({ body }) => {
    const { markdown } = JSON.parse(body) as { markdown: { content: string } };
    return bytesOf(markdown.content);
  },
  verdict: (reply) => codeVerdict(reply, ['errcode'], LIMITS),
};
