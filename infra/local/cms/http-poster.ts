import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type HttpPoster } from './deliver';

/** Posts over real sockets, a fresh connection each; the reply's body is read and dropped. */
export const httpPoster: HttpPoster = async ({ url, method, contentType, body }, signal) =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const headers =
      method === 'POST'
        ? { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
        : {};
    const outgoing = send(url, { method, headers, signal, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
