import { type Edition } from './edition';

export const DEFAULT_LINE = 'default';

const SEARCH_ENGINES = ['google', 'baidu', 'biying', 'youdao'];
const CARRIERS = ['telecom', 'unicom', 'mobile', 'edu', 'drpeng', 'btvn'];
/** Lines that every edition has. */
export const COMMON_LINES: readonly string[] = [
  DEFAULT_LINE,
  ...CARRIERS,
  'oversea',
  'search',
  ...SEARCH_ENGINES,
];

const CARRIER_PROVINCE = new RegExp(`^cn_(${CARRIERS.join('|')})_[a-z]+$`);
const FINE_LINES: readonly RegExp[] = [
  CARRIER_PROVINCE,
  /^cn_region_[a-z]+$/,
  /^os_[a-z]+(_[a-z]+)?$/,
  /^aliyun_r_[a-z0-9-]+$/,
];

/** Whether the edition knows the line, the domain's own custom lines included. */
export const isKnownLine = (
  line: string,
  { hasFineLines }: Edition,
  customLines: readonly string[],
): boolean =>
  COMMON_LINES.includes(line) ||
  customLines.includes(line) ||
  (hasFineLines && FINE_LINES.some((pattern) => pattern.test(line)));

/** The next broader line; undefined above `default`. Example: `os_asia_sg`, `os_asia`, `oversea`, `default`. */
export function broaderLine(line: string): string | undefined {
  if (line === DEFAULT_LINE) return undefined;
  if (SEARCH_ENGINES.includes(line)) return 'search';
  const carrier = CARRIER_PROVINCE.exec(line)?.[1];
  if (carrier !== undefined) return carrier;
  const continent = /^(os_[a-z]+)_[a-z]+$/.exec(line)?.[1];
  if (continent !== undefined) return continent;
  return line.startsWith('os_') ? 'oversea' : DEFAULT_LINE;
}

/** The line and all that are broader, narrowest first. */
export function lineAndBroader(line: string): readonly string[] {
  const broader = broaderLine(line);
  return broader === undefined ? [line] : [line, ...lineAndBroader(broader)];
}
