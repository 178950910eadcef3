/** What a domain's edition allows (Alidns, comparison of editions). */
export interface Edition {
  readonly code: string;
  /** Shortest TTL in seconds; the longest is 86,400 for all. */
  readonly minTtl: number;
  /** Records of one type, host and line. */
  readonly recordsPerLine: number;
  /** Lines by province, country and cloud region, beyond the carriers'. */
  readonly hasFineLines: boolean;
}

export const EDITIONS = {
  free: { code: 'mianfei', minTtl: 600, recordsPerLine: 10, hasFineLines: false },
  personal: { code: 'version_personal', minTtl: 600, recordsPerLine: 100, hasFineLines: false },
  standard: {
    code: 'version_enterprise_basic',
    minTtl: 60,
    recordsPerLine: 100,
    hasFineLines: true,
  },
  ultimate: {
    code: 'version_enterprise_advanced',
    minTtl: 1,
    recordsPerLine: 100,
    hasFineLines: true,
  },
} as const satisfies Readonly<Record<string, Edition>>;

export type EditionName = keyof typeof EDITIONS;

export const TTL_MAX = 86_400;
