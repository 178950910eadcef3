/** Line ends, other control characters, and marks that change the direction of what follows or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text that others wrote, on one line and without anything that cannot be seen. */
export const oneLine = (text: string): string => text.replace(UNSEEN, ' ').trim();

/** Signs that mean something in Markdown, and ones that look alike and mean nothing. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  '[': '［',
  ']': '］',
  '`': '｀',
  '*': '＊',
  '#': '＃',
  '|': '｜',
  '~': '～',
  '\\': '＼',
  '@': '＠',
};

/**
 * Text for Markdown that can be no link, image, heading, emphasis, mention or tag. The robots do not document how their
 * Markdown is escaped, so signs are replaced by ones that look alike; what people copy (ids, names, numbers) has none of them.
 *
 * Example: `[pay](http://x) *now*` → `［pay］(http://x) ＊now＊`.
 */
export const forMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[<>[\]`*#|~\\@]/g, (sign) => LOOKALIKES[sign] ?? sign)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿');

/** Text for Slack, whose links and mentions all stand in angle brackets. Example: `<!channel>` → `&lt;!channel&gt;`. */
export const forSlack = (text: string): string =>
  oneLine(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
