import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../infra/local/repository';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { METRICS } from '../../shared/metrics/metric-table';
import { METRICS_CONTENT_TYPE, metricsText } from '../../shared/metrics/metrics-text';
import { exposedSamples } from '../support/exposition';
import { createWorld, type World } from '../support/in-process-world';
import { promtool, type PrometheusServer, startPrometheus } from '../support/prometheus';
import { until } from '../support/until';

const MONITORING = join(repositoryRoot(__dirname), 'infra', 'monitoring');
const read = (file: string): string => readFileSync(join(MONITORING, file), 'utf8');
const TOKEN = 'metrics-token-0123456789';

let world: World;
let server: Server;
let prometheus: PrometheusServer;

const textNow = (): Promise<string> => {
  const { store, archive, clock } = world;
  const fleet = {
    ...{ regionId: 'cn-hangzhou', failover: null, names: [], notifications: null },
    pools: [{ name: 'web', regionId: 'cn-hangzhou' }],
  } as unknown as FleetPolicy;
  return metricsText({ store, archive, fleet, now: clock.now() });
};

beforeAll(async () => {
  world = await createWorld({ count: 6 });
  await world.tick();
  server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end();
      return;
    }
    void textNow().then((text) =>
      response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(text),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  prometheus = await startPrometheus([
    {
      job_name: 'evenkeel',
      authorization: { credentials: TOKEN },
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    },
  ]);
}, 60_000);
afterAll(async () => {
  await prometheus.stop();
  server.closeAllConnections();
  server.close();
  world.stop();
});

const valueOf = async (expression: string): Promise<number | undefined> =>
  (await prometheus.query(expression))[0]?.value;

describe('Prometheus', () => {
  it('scrapes what the store tells, and goes on from there', async () => {
    const isThere = async () => (await valueOf('evenkeel_pool_healthy{pool="web"}')) === 6;
    await until(isThere, 20_000, 'Prometheus has the healthy backends');
    expect(await valueOf('up{job="evenkeel"}')).toBe(1);
    expect(await valueOf('sum(evenkeel_ticks_total)')).toBe(1);
    await world.pass(5_000);
    await world.tick();
    const hasGrown = async () => (await valueOf('sum(evenkeel_ticks_total)')) === 2;
    await until(hasGrown, 20_000, 'the counter has grown');
    expect(await valueOf('evenkeel_api_calls_total{outcome="ok",api="DescribeHealthStatus"}')).toBe(
      exposedSamples(await textNow()).find(
        ({ name, labels }) =>
          name === 'evenkeel_api_calls_total' && labels['api'] === 'DescribeHealthStatus',
      )?.value,
    );
  }, 60_000);

  it('finds nothing to say against the metrics', async () => {
    expect(promtool(['check', 'metrics'], await textNow()).trim()).toBe('');
  });

  it('understands every alert rule, and each fires and is silent when it should be', () => {
    expect(promtool(['check', 'rules', join(MONITORING, 'alerts.yml')])).toContain('SUCCESS');
    expect(promtool(['test', 'rules', join(MONITORING, 'alerts.test.yml')])).toContain('SUCCESS');
  });
});

describe('dashboard and alert rules', () => {
  const NAMES: readonly string[] = Object.values(METRICS).map(({ name }) => name);
  const namesIn = (text: string): readonly string[] => [
    ...new Set(text.match(/\bevenkeel_[a-z_]+\b/g) ?? []),
  ];

  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string; readonly runbook: string };
  }
  const rules = (): readonly Rule[] =>
    (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
      (group) => group.rules,
    );

  it('name metrics that there are, and the dashboard shows each of them', () => {
    for (const { alert, expr } of rules())
      expect([alert, namesIn(expr).filter((name) => !NAMES.includes(name))]).toEqual([alert, []]);
    const shown = namesIn(read('grafana-dashboard.json'));
    expect(shown.filter((name) => !NAMES.includes(name))).toEqual([]);
    expect(NAMES.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('say what to do, and each has its test', () => {
    const tests = read('alerts.test.yml');
    expect(rules().length).toBeGreaterThan(10);
    for (const { alert, annotations, labels } of rules()) {
      expect([alert, annotations.runbook.length > 40]).toEqual([alert, true]);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(tests).toContain(`${alert} fires`);
      expect(tests).toContain(`${alert} is silent`);
    }
  });

  it('has panels that Grafana can place: no two in one spot, each with a title and a query', () => {
    const { panels } = JSON.parse(read('grafana-dashboard.json')) as {
      panels: {
        id: number;
        title: string;
        type: string;
        gridPos: { x: number; y: number; w: number };
        targets?: { expr: string }[];
      }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x}/${y}`)).size).toBe(panels.length);
    for (const { title, type, gridPos, targets = [] } of panels) {
      expect(title).not.toBe('');
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect([title, targets.length > 0]).toEqual([title, type !== 'row']);
    }
  });
});
