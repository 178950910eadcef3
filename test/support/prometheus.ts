import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortOn } from '../../infra/rehearsal/free-port';
import { until } from './until';

export interface PrometheusServer {
  /** Values of an instant query, by their labels. */
  query(expression: string): Promise<readonly PrometheusValue[]>;
  stop(): Promise<void>;
}

export interface PrometheusValue {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `promtool` with these words; throws what it said when it is not content. */
export function promtool(words: readonly string[], input = ''): string {
  const told = spawnSync('promtool', [...words], { input, encoding: 'utf8', timeout: 60_000 });
  if (told.error !== undefined) throw told.error;
  if (told.status !== 0) throw new Error(`${told.stdout}\n${told.stderr}`);
  return told.stdout + told.stderr;
}

/** A real Prometheus on a free port of the loopback, which scrapes each second as the configuration says. */
export async function startPrometheus(scrapeConfigs: readonly object[]): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-prometheus-'));
  const port = await freePortOn(['127.0.0.1']);
  const configuration = join(folder, 'prometheus.json'); // YAML takes JSON
  const scrape = { scrape_interval: '1s', scrape_timeout: '1s' };
  writeFileSync(configuration, JSON.stringify({ global: scrape, scrape_configs: scrapeConfigs }));
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('error', () => undefined);
  const isReady = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, 30_000, 'Prometheus is ready');
  return {
    query: async (expression) => {
      const query = new URLSearchParams({ query: expression }).toString();
      const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?${query}`);
      const { data } = (await reply.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
