import { bytesOf } from './format';
import { footOf, textsOf, titleOf, type Notice } from './notice';
import { oneLine } from './plain-text';

/** One mail, before it has an envelope. */
export interface Email {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH_MAX = 150;
/** Servers refuse messages of megabytes; nobody reads so much. */
const TEXT_BYTES_MAX = 100_000;

/** Text for HTML in which nothing is a tag, an attribute or an entity. Example: `<b>` → `&lt;b&gt;`. */
export const forHtml = (text: string): string =>
  oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');

/**
 * A notice as a mail: the same as plain text and as HTML that has no style, image or script. The subject is one line, so that nothing
 * of a notice becomes a header.
 */
export function emailOf(notice: Notice): Email {
  const subject = oneLine(`[evenkeel] ${titleOf(notice)}: ${notice.reason}`);
  const paragraphs = textsOf(notice).map(oneLine);
  const links = notice.links.map(({ label, url }) => `${label}: ${url}`);
  const text = [...paragraphs, ...links, oneLine(footOf(notice))].join('\n\n');
  return {
    subject: subject.slice(0, SUBJECT_LENGTH_MAX),
    text: bytesOf(text) <= TEXT_BYTES_MAX ? text : `${text.slice(0, TEXT_BYTES_MAX / 4)} …`,
    html: htmlOf(notice),
  };
}

function htmlOf(notice: Notice): string {
  const paragraphs = textsOf(notice).map((text) => `<p>${forHtml(text)}</p>`);
  const links = notice.links.map(
    ({ label, url }) => `<a href="${forHtml(url)}">${forHtml(label)}</a>`,
  );
  return [
    `<h3>${forHtml(titleOf(notice))}</h3>`,
    ...paragraphs.map((paragraph) => paragraph.slice(0, TEXT_BYTES_MAX)),
    ...(links.length === 0 ? [] : [`<p>${links.join(' · ')}</p>`]),
    `<p><small>${forHtml(footOf(notice))}</small></p>`,
  ].join('\n');
}
