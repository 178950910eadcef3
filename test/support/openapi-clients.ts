import { request as httpRequest } from 'node:http';
import AlidnsClient from '@alicloud/alidns20150109';
import CmsClient from '@alicloud/cms20190101';
import EcsClient from '@alicloud/ecs20140526';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import PopCore from '@alicloud/pop-core';

/** Where and as whom a test talks to the region. */
export interface RegionAccess {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

const configOf = (access: RegionAccess): $OpenApiUtil.Config =>
  new $OpenApiUtil.Config({ ...access, protocol: 'HTTP', regionId: 'cn-local' });

/** The vendor's full ECS client. */
export const officialEcs = (access: RegionAccess): EcsClient => new EcsClient(configOf(access));

/** The vendor's full CloudMonitor client. */
export const officialCms = (access: RegionAccess): CmsClient => new CmsClient(configOf(access));

/** The vendor's full DNS client. */
export const officialAlidns = (access: RegionAccess): AlidnsClient =>
  new AlidnsClient(configOf(access));

/** The vendor's older generic client, for CLB. */
export const officialPop = (access: RegionAccess): PopCore =>
  new PopCore({ ...access, endpoint: `http://${access.endpoint}`, apiVersion: '2014-05-15' });

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One HTTP request, nothing added and nothing interpreted. Rejects when the connection breaks. */
export const sendRaw = (
  endpoint: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawReply> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(
      `http://${endpoint}`,
      { method, path, headers, agent: false, timeout: 5_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
