import { crc64 } from '../../deploy/crc64';
import { type HttpRequest } from './http-exchange';
import { invalidArgument } from './platform-error';

/** Settings of FC 2.0 under the API's own names. */
export type Settings = Readonly<Record<string, unknown>>;

const PACKAGE_BYTES_MAX = 100_000_000;
const ZIP_MARK = Buffer.from('PK\x03\x04', 'latin1');

/** Settings as GetFunction tells them: of the code, size and checksum. */
export function withCode({ code, ...settings }: Settings): Settings {
  checkFunction(settings);
  if (code === undefined) return settings;
  const { zipFile } = code as { zipFile?: unknown };
  const archive = Buffer.from(typeof zipFile === 'string' ? zipFile : '', 'base64');
  if (!archive.subarray(0, 4).equals(ZIP_MARK) || archive.length > PACKAGE_BYTES_MAX)
    throw invalidArgument('code.zipFile is not a zip archive of at most 100 MB.');
  return { ...settings, codeSize: archive.length, codeChecksum: crc64(archive) };
}

function checkFunction({ memorySize, timeout, runtime, environmentVariables }: Settings): void {
  if (typeof memorySize === 'number' && (memorySize % 64 !== 0 || memorySize < 128))
    throw invalidArgument('memorySize is a multiple of 64 from 128 on.');
  if (typeof timeout === 'number' && (timeout < 1 || timeout > 86_400))
    throw invalidArgument('timeout lies between 1 and 86400 s.');
  if (runtime !== undefined && !/^(nodejs\d+|custom.*)$/.test(runtime as string))
    throw invalidArgument('The runtime is unknown.');
  const bytes = Buffer.byteLength(JSON.stringify(environmentVariables ?? {}));
  if (bytes > 4096) throw invalidArgument('Environment variables may have 4 KB.');
}

export function checkRole({ role }: Settings): void {
  if (role !== undefined && !/^acs:ram::\d+:role\/[\w.-]+$/.test(role as string))
    throw invalidArgument('role is not the ARN of a role.');
}

export function settingsOf(request: HttpRequest): Settings {
  try {
    return JSON.parse(request.body.toString('utf8')) as Settings;
  } catch {
    throw invalidArgument('The body is not JSON.');
  }
}

export function nameOf(settings: Settings, key: string): string {
  const name = settings[key];
  if (typeof name === 'string' && /^[A-Za-z_][\w-]{0,127}$/.test(name)) return name;
  throw invalidArgument(`${key} is not a name.`);
}
