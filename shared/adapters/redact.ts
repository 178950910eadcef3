const NOTHING = '[redacted]';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // URLs carry access keys, signatures and security tokens in their query.
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, '[url]'],
  [/\/?\?[\w.%-]+=[^\s"'<>]*/g, '[query]'],
  [/\bACS3-HMAC-SHA256\b[^\n"]*/g, NOTHING],
  [/\b(Basic|Bearer)\s+[\w+/=.~-]+/gi, `$1 ${NOTHING}`],
  [/\b(?:LTAI|STS\.)[\w-]{8,}/g, NOTHING],
  [
    /\b((?:access|security|secret)[-_ ]?(?:key[-_ ]?)?(?:id|secret|token)?|signature(?:nonce)?|password|passwd|token|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
    `$1$2${NOTHING}`,
  ],
];

/**
 * A text without URLs, query strings, access keys, signatures, tokens and passwords, at most `maxLength` characters.
 *
 * Example: `POST https://slb.aliyuncs.com/?Signature=abc failed` → `POST [url] failed`.
 */
export function redact(text: string, maxLength = 500): string {
  const clean = PATTERNS.reduce(
    (sofar, [pattern, replacement]) => sofar.replace(pattern, replacement),
    text,
  );
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}
