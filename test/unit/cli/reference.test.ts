import { describe, expect, it } from '@jest/globals';
import Ajv2020 from 'ajv/dist/2020';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { referenceText } from '../../../infra/cli/reference';
import { editorJsonSchema, policyFields } from '../../../shared/config/json-schema';

const DOCS = join(__dirname, '../../../docs');
const schemaFile = (): unknown =>
  JSON.parse(readFileSync(join(DOCS, 'evenkeel.schema.json'), 'utf8')) as unknown;

describe('the generated documents', () => {
  it('docs/reference.md is what `node infra/build/reference.mjs` writes', () => {
    expect(readFileSync(join(DOCS, 'reference.md'), 'utf8')).toBe(referenceText());
  });

  it('docs/evenkeel.schema.json is current', () => {
    expect(schemaFile()).toEqual(JSON.parse(JSON.stringify(editorJsonSchema())));
  });

  it('the schema accepts every example and refuses a misspelt key', () => {
    const validate = new Ajv2020({ strict: false }).compile(schemaFile() as object);
    for (const name of readdirSync(join(DOCS, 'examples'))) {
      const data = parse(readFileSync(join(DOCS, 'examples', name), 'utf8')) as object;
      expect({ name, isValid: validate(data) }).toEqual({ name, isValid: true });
      expect(validate({ ...data, regoin: 'x' })).toBe(false);
    }
  });

  it('describes every field, and gives every default a reason', () => {
    const fields = policyFields();
    expect(fields.length).toBeGreaterThan(80);
    expect(fields.filter((field) => field.description === '')).toEqual([]);
    const isSection = (field: (typeof fields)[number]) => field.values.startsWith('section');
    const unexplained = fields.filter(
      (field) => field.default !== undefined && !isSection(field) && field.why === undefined,
    );
    expect(unexplained.map((field) => field.path)).toEqual([]);
  });
});
