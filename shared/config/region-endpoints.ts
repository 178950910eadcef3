import { z } from 'zod';
import { regionText } from './identifiers';

const NO_ENDPOINT = 'must be host or host:port, without a scheme';

/** Where one region answers, where that is not the vendor’s address. */
export interface RegionEndpoints {
  readonly openApi: string | undefined;
  readonly functionCompute: string | undefined;
}

/** An address that may be left out: `127.0.0.1:8080`. */
export const endpointText = (): z.ZodOptional<z.ZodString> =>
  z
    .string({ error: NO_ENDPOINT })
    .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, { error: NO_ENDPOINT })
    .optional();

const regions = z.record(
  regionText(),
  z
    .strictObject(
      { openapi: endpointText(), functions: endpointText() },
      { error: 'must have openapi, functions or both, and nothing else' },
    )
    .transform(({ openapi, functions }): RegionEndpoints => ({
      openApi: openapi,
      functionCompute: functions,
    })),
  { error: 'must be a JSON object of regions' },
);

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** JSON of regions and their endpoints, as text: `{"cn-a": {"openapi": "host:port", "functions": "host:port"}}`. */
export const regionsText = (): z.ZodOptional<
  z.ZodType<Readonly<Record<string, RegionEndpoints>>, string>
> =>
  z
    .string()
    .transform((text, context) => {
      const read = regions.safeParse(parsedJson(text));
      if (read.success) return read.data;
      for (const { path, message } of read.error.issues)
        context.addIssue({ code: 'custom', path: [...path], message });
      return z.NEVER;
    })
    .optional();
