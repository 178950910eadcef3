/** ECMA-182, bits reversed, in halves of 32 bits: numbers of JavaScript have no 64. */
const POLYNOMIAL = { high: 0xc96c5795, low: 0xd7870f42 };

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let [high, low] = [0, byte];
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (low & 1) === 1;
    low = ((low >>> 1) | ((high & 1) << 31)) >>> 0;
    high >>>= 1;
    if (isOdd) [high, low] = [(high ^ POLYNOMIAL.high) >>> 0, (low ^ POLYNOMIAL.low) >>> 0];
  }
  return { high, low };
});

/**
 * The checksum that Function Compute and OSS tell of a file: CRC-64/XZ as a decimal number. Source: `codeChecksum` of GetFunction.
 *
 * Example: crc64(Buffer.from('123456789')) = '11051210869376104954' (0x995dc9bbdf1939fa).
 */
export function crc64(bytes: Uint8Array): string {
  let [high, low] = [0xffffffff, 0xffffffff];
  for (const byte of bytes) {
    const row = TABLE[(low ^ byte) & 0xff] ?? { high: 0, low: 0 };
    low = (((low >>> 8) | (high << 24)) ^ row.low) >>> 0;
    high = ((high >>> 8) ^ row.high) >>> 0;
  }
  return ((BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)).toString();
}
