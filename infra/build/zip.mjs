// A zip archive as text files need it, the same bytes for the same content: no times, no owners, names in order.
import { deflateRawSync } from 'node:zlib';

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** CRC-32 of a buffer. Example: of `123456789` it is 0xcbf43926. */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** The first day that the format knows, 1980-01-01, at midnight. */
const DATE = 0x21;
const NEEDED_VERSION = 20;
const MADE_BY_UNIX = (3 << 8) | NEEDED_VERSION;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
/** A plain file that everybody may read. */
const MODE = (0o100644 << 16) >>> 0;

/** What the local header and the directory have in common. */
function fields({ name, raw, packed, checksum }) {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(NEEDED_VERSION, 0);
  common.writeUInt16LE(UTF8_NAMES, 2);
  common.writeUInt16LE(DEFLATED, 4);
  common.writeUInt16LE(0, 6);
  common.writeUInt16LE(DATE, 8);
  common.writeUInt32LE(checksum, 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(raw.length, 18);
  common.writeUInt16LE(name.length, 22);
  return common;
}

function directoryEntry(entry, offset) {
  const entryHead = Buffer.from([0x50, 0x4b, 0x01, 0x02, MADE_BY_UNIX & 0xff, MADE_BY_UNIX >> 8]);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(MODE, 6);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([entryHead, fields(entry), tail, entry.name]);
}

/** An archive of files (path → Buffer). */
export function zip(files) {
  const entries = Object.entries(files)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, raw]) => ({
      name: Buffer.from(path, 'utf8'),
      raw,
      packed: deflateRawSync(raw, { level: 9 }),
      checksum: crc32(raw),
    }));
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const entry of entries) {
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      fields(entry),
      entry.name,
      entry.packed,
    ]);
    directory.push(directoryEntry(entry, offset));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}
