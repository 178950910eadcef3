import { answerConsole } from '../../functions/console/answer-console';
import { type ConsoleContext } from '../../functions/console/console-context';
import { closeServer, serveHttp } from '../local/function-host/http-exchange';

/** A console on the loopback that is no function: same page, same API. */
export interface ConsoleServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves what `contextNow` gives at each request. Rejects when the port cannot be had. */
export async function serveConsole(
  contextNow: () => ConsoleContext,
  port = 0,
): Promise<ConsoleServer> {
  const { url, server } = await serveHttp(async (request) => {
    const { method, path, headers, body, sourceAddress } = request;
    const query = Object.fromEntries(request.query);
    const reply = await answerConsole(
      { method, path, headers, query, body, sourceAddress },
      contextNow(),
    );
    const encoding = reply.isBase64Encoded ? 'base64' : 'utf8';
    const content = Buffer.from(reply.body, encoding);
    return { status: reply.statusCode, headers: reply.headers, body: content };
  }, port);
  return { url, stop: async () => closeServer(server) };
}
