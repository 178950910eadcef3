import { describe, expect, it } from '@jest/globals';
import { OpenApiUtil } from '@alicloud/openapi-core';
import fc from 'fast-check';
import { decodePairs, type Pair } from '../../infra/local/openapi/decode-parameters';
import {
  acs3Signature,
  bodyHashOf,
  isAcs3Signature,
  isRpcSignature,
  percentEncode,
  rpcSignature,
} from '../../infra/local/openapi/signatures';

/** The SDK declares its request twice, in two packages. */
type SdkRequest = Parameters<typeof OpenApiUtil.getAuthorization>[0];

const EMPTY_BODY = bodyHashOf(Buffer.alloc(0));
const awkward = fc.string({
  unit: fc.constantFrom(..."aZ09!'()*~+&=%/?#:;,. \t\n\0é中😀-_".match(/./gsu)!),
});
const anyText = fc.oneof(awkward, fc.string({ unit: 'grapheme' }));
const someParameters = fc.dictionary(
  anyText.filter((name) => name !== '' && name !== '__proto__'),
  anyText,
  { maxKeys: 8, noNullPrototype: true },
);
const methods = fc.constantFrom('GET', 'POST');
const encodeForm = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');

describe('the ACS3-HMAC-SHA256 signature', () => {
  const official = (date: string, nonce: string): string =>
    acs3Signature(
      {
        method: 'POST',
        path: '/',
        query: [
          ['RegionId', 'cn-shanghai'],
          ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'],
        ],
        headers: {
          host: 'ecs.cn-shanghai.aliyuncs.com',
          'x-acs-action': 'RunInstances',
          'x-acs-content-sha256': EMPTY_BODY,
          'x-acs-date': date,
          'x-acs-signature-nonce': nonce,
          'x-acs-version': '2014-05-26',
        },
        signedHeaders: [
          'host',
          'x-acs-action',
          'x-acs-content-sha256',
          'x-acs-date',
          'x-acs-signature-nonce',
          'x-acs-version',
        ],
        bodyHash: EMPTY_BODY,
      },
      'YourAccessKeySecret',
    );

  it('equals the two examples in the vendor’s documentation', () => {
    expect(official('2023-10-26T10:22:32Z', '3156853299f313e23d1673dc12e1703d')).toBe(
      '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
    );
    expect(official('2023-10-26T09:01:01Z', 'd410180a5abf7fe235dd9b74aca91fc0')).toBe(
      'e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804',
    );
  });

  it('verifies whatever the vendor’s SDK signs, and nothing that was changed afterwards', () => {
    fc.assert(
      fc.property(methods, someParameters, anyText, awkward, (method, parameters, body, secret) => {
        const bodyHash = bodyHashOf(Buffer.from(body));
        const headers = {
          host: '127.0.0.1:8080',
          'x-acs-date': '2026-01-01T00:00:00Z',
          'x-acs-content-sha256': bodyHash,
          'content-type': 'text/plain',
        };
        const request = Object.create(null) as SdkRequest;
        request.method = method;
        request.pathname = '/';
        request.query = { ...parameters };
        request.headers = headers;
        const authorization = OpenApiUtil.getAuthorization(
          request,
          'ACS3-HMAC-SHA256',
          bodyHash,
          'key',
          secret,
        );
        const [, names = '', signature = ''] = /SignedHeaders=(.*),Signature=(.*)$/.exec(
          authorization,
        )!;
        const query = decodePairs(encodeForm(parameters));
        const received = {
          method,
          path: '/',
          query,
          headers,
          signedHeaders: names.split(';'),
          bodyHash,
        };
        expect(isAcs3Signature(signature, received, secret)).toBe(true);
        expect(isAcs3Signature(signature, received, `${secret}.`)).toBe(false);
        expect(isAcs3Signature(signature, { ...received, method: 'PUT' }, secret)).toBe(false);
        expect(
          isAcs3Signature(signature, { ...received, query: [...query, ['Weight', '0']] }, secret),
        ).toBe(false);
        expect(
          isAcs3Signature(
            signature,
            { ...received, headers: { ...headers, host: 'elsewhere' } },
            secret,
          ),
        ).toBe(false);
        expect(
          isAcs3Signature(
            signature,
            { ...received, bodyHash: bodyHashOf(Buffer.from(`${body}!`)) },
            secret,
          ),
        ).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('verifies names encoded as the specification says, too', () => {
    const request = {
      method: 'GET',
      path: '/',
      query: [['a b#1', 'x']] as const,
      headers: {},
      signedHeaders: [],
      bodyHash: EMPTY_BODY,
    };
    expect(
      isAcs3Signature(acs3Signature(request, 'secret', percentEncode), request, 'secret'),
    ).toBe(true);
    expect(
      isAcs3Signature(
        acs3Signature(request, 'secret', (name) => name),
        request,
        'secret',
      ),
    ).toBe(true);
  });
});

describe('the HMAC-SHA1 signature', () => {
  it('equals the example in the vendor’s documentation', () => {
    const pairs: readonly Pair[] = Object.entries({
      AccessKeyId: 'testid',
      Action: 'DescribeRegions',
      Format: 'XML',
      SignatureMethod: 'HMAC-SHA1',
      SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
      SignatureVersion: '1.0',
      Timestamp: '2016-02-23T12:46:24Z',
      Version: '2014-05-26',
    });
    expect(rpcSignature('GET', pairs, 'testsecret')).toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
  });

  it('verifies whatever the vendor’s SDK signs, and nothing that was changed afterwards', () => {
    fc.assert(
      fc.property(methods, someParameters, awkward, (method, parameters, secret) => {
        const signature = OpenApiUtil.getRPCSignature(parameters, method, secret);
        const pairs = decodePairs(encodeForm(parameters));
        expect(isRpcSignature(signature, method, pairs, secret)).toBe(true);
        expect(isRpcSignature(signature, method, pairs, `${secret}.`)).toBe(false);
        expect(isRpcSignature(signature, method, [...pairs, ['Weight', '0']], secret)).toBe(false);
        expect(isRpcSignature(signature, 'PUT', pairs, secret)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
