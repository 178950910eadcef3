import { z } from 'zod';
import { type MembershipPolicy } from '../domain/scale-policy';
import { countField } from './notation';

const KEY_SENTENCE =
  'must be a tag key of at most 128 characters that does not begin with aliyun, acs: or evenkeel:, without http:// and https://';
const VALUE_SENTENCE =
  'must be a tag value of 1 to 128 characters, without http:// and https://; quote numbers';

const isKey = (text: string): boolean =>
  text.length >= 1 && text.length <= 128 && !/^(aliyun|acs:|evenkeel:)|https?:\/\//i.test(text);
const isValue = (text: string): boolean =>
  text.length >= 1 && text.length <= 128 && !/https?:\/\//i.test(text);

/** The `membership` section: null while nobody is added by tag. */
export const membershipSchema = z
  .strictObject({
    tagKey: z
      .string({ error: KEY_SENTENCE })
      .refine(isKey, { error: KEY_SENTENCE })
      .meta({ description: 'Key of the tag that makes an instance a backend.' }),
    tagValue: z
      .string({ error: VALUE_SENTENCE })
      .refine(isValue, { error: VALUE_SENTENCE })
      .meta({ description: 'Its value.' }),
    weight: countField({ min: 1, max: 100 }, 100, {
      description:
        'Weight of a new backend after slow start, where neither its vCPU nor its peers tell.',
      why: 'what the load balancer gives by default',
    }),
  })
  .transform((membership): MembershipPolicy => membership)
  .nullable()
  .prefault(null)
  .meta({
    description:
      'Every running instance with this tag is a backend of every target: missing ones are added, departed ones removed; null does neither.',
    why: 'no tag can be guessed',
  });
