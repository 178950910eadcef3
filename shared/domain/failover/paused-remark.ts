/** Note on a record that Evenkeel took out, wholly or in part. With it, losing the store loses nothing that matters. */
export interface PausedRemark {
  /** Weight that the record had before; null where answers were not drawn by weight. */
  readonly weight: number | null;
}

const OURS = 'evenkeel:paused:';
const prefix = (name: string): string => `${OURS}${name}`;

/** Example: `evenkeel:paused:www` and, of a record that had weight 100, `evenkeel:paused:www:100`. */
export const pausedRemark = (name: string, { weight }: PausedRemark): string =>
  weight === null ? prefix(name) : `${prefix(name)}:${weight}`;

/** Whether it is our note, whatever the name is called. */
export const isPausedRemark = (remark: string): boolean => remark.startsWith(OURS);

/** What our note says; null when it is somebody else’s, or about another name. */
export function readRemark(remark: string, name: string): PausedRemark | null {
  if (remark === prefix(name)) return { weight: null };
  const weight = remark.startsWith(`${prefix(name)}:`) ? remark.slice(prefix(name).length + 1) : '';
  return /^[1-9]\d{0,2}$/.test(weight) ? { weight: Number(weight) } : null;
}
