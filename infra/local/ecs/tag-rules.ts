import { type Parameters, VendorError } from '../contracts';
import { structuresOf } from '../request-parameters';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** An instance carries at most so many tags, and a call names at most so many. */
export const TAGS_MAX = 20;
const KEY_LENGTH_MAX = 128;

/** `Tag.N` of a call. Throws 400 `InvalidTagCount`, `InvalidTagKey.Malformed` or `Duplicate.TagKey`. */
export function readTags(parameters: Parameters): readonly Tag[] {
  const tags = structuresOf(parameters, 'Tag').map(({ Key: key = '', Value: value = '' }) => ({
    key,
    value,
  }));
  if (tags.length > TAGS_MAX) throw invalidTagCount();
  for (const { key } of tags) refuseBadKey(key);
  if (new Set(tags.map(({ key }) => key)).size < tags.length)
    throw new VendorError(400, 'Duplicate.TagKey', 'The Tag.N.Key contain duplicate key.');
  return tags;
}

export const invalidTagCount = (): VendorError =>
  new VendorError(400, 'InvalidTagCount', 'The specified tags are beyond the permitted range.');

const refuseBadKey = (key: string): void => {
  const isBad =
    key === '' ||
    key.length > KEY_LENGTH_MAX ||
    /^(aliyun|acs:)/i.test(key) ||
    /https?:\/\//i.test(key);
  if (isBad)
    throw new VendorError(
      400,
      'InvalidTagKey.Malformed',
      `The specified tag key ${key} is not valid.`,
    );
};
