import { createHash } from 'node:crypto';
import { fcSignature } from '../../infra/local/function-host/fc-signature';
import { type SampleHost } from './sample-functions';

export interface FunctionReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Invokes through the 2016-08-15 API, signed by hand. The name's part before the first hyphen is the service. */
export async function callFunction(
  { host, key }: SampleHost,
  functionName: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Promise<FunctionReply> {
  const [service = '', ...name] = functionName.split('-');
  const path = `/2016-08-15/services/${service}/functions/${name.join('-')}/invocations`;
  const md5 = Buffer.from(createHash('md5').update(body).digest('hex')).toString('base64');
  const headers: Record<string, string> = {
    date: new Date().toUTCString(),
    'content-type': 'application/octet-stream',
    'content-md5': md5,
    ...more,
  };
  const authorization = `FC ${key.accessKeyId}:${fcSignature({ method: 'POST', path, headers }, key.accessKeySecret)}`;
  const reply = await fetch(host.url + path, {
    method: 'POST',
    body,
    headers: { ...headers, authorization },
  });
  return { status: reply.status, headers: reply.headers, body: await reply.text() };
}
