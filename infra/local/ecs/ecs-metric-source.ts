import { type InstanceUsage, type MetricSample, type MetricSource } from '../contracts';
import { type EcsModel } from './ecs-model';
import { type LocalInstance } from './local-instance';

const READER = 'cms';
const IDLE: InstanceUsage = { cpuPercent: 0, connections: 0 };
const BYTES_PER_GIB = 1024 ** 3;

const gauge = (dimensions: Readonly<Record<string, string>>, value: number): MetricSample => ({
  dimensions,
  statistics: { Average: value, Minimum: value, Maximum: value },
});

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** What the hypervisor sees, agent or not. */
const outsideMetrics = (
  instance: LocalInstance,
  usage: InstanceUsage,
): readonly (readonly [string, MetricSample])[] => {
  const dimensions = { instanceId: instance.instanceId };
  return [
    ['CPUUtilization', gauge(dimensions, rounded(usage.cpuPercent))],
    ['concurrentConnections', { dimensions, statistics: { Maximum: usage.connections } }],
  ];
};

/** What only the agent in the guest sees. */
const agentMetrics = (
  instance: LocalInstance,
  usage: InstanceUsage,
): readonly (readonly [string, MetricSample])[] => {
  const dimensions = { instanceId: instance.instanceId };
  const connections = (state: string): MetricSample =>
    gauge({ ...dimensions, state }, usage.connections);
  const { cpuCount, memoryGib } = instance.type;
  return [
    ['cpu_total', gauge(dimensions, rounded(usage.cpuPercent))],
    ['cpu_idle', gauge(dimensions, rounded(100 - usage.cpuPercent))],
    ['load_1m', gauge(dimensions, rounded((usage.cpuPercent * cpuCount) / 100))],
    ['net_tcpconnection', connections('TCP_TOTAL')],
    ['net_tcpconnection', connections('ESTABLISHED')],
    ...(usage.memoryBytes === undefined
      ? []
      : [
          [
            'memory_usedutilization',
            gauge(dimensions, rounded((100 * usage.memoryBytes) / (memoryGib * BYTES_PER_GIB))),
          ] as const,
        ]),
  ];
};

/**
 * `acs_ecs_dashboard`: one series per running instance. The agent's metrics are absent, not 0, where the agent is off or the guest
 * not up; a running instance whose service is down shows an idle machine.
 */
export function ecsMetricSource(model: EcsModel): MetricSource {
  const readOne = async (
    instance: LocalInstance,
  ): Promise<readonly (readonly [string, MetricSample])[]> => {
    const usage = (await model.options.runtime.usage(instance.instanceId, READER)) ?? IDLE;
    const hasAgent = instance.isGuestUp && instance.hasMonitorAgent;
    return [...outsideMetrics(instance, usage), ...(hasAgent ? agentMetrics(instance, usage) : [])];
  };
  return {
    namespace: 'acs_ecs_dashboard',
    async sample() {
      const running = model.visible().filter(({ status }) => status === 'Running');
      const metrics = new Map<string, MetricSample[]>();
      for (const [name, sample] of (await Promise.all(running.map(readOne))).flat()) {
        const samples = metrics.get(name) ?? [];
        samples.push(sample);
        metrics.set(name, samples);
      }
      return metrics;
    },
  };
}
