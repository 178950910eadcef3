import {
  type InstanceDirectory,
  type InstanceView,
  NO_FAULTS,
  VendorError,
} from '../../infra/local/contracts';
import { type SlbBehaviour } from '../../infra/local/slb/behaviour';
import { createListenerSettings } from '../../infra/local/slb/listener-parameters';
import { type Listener, type ListenerProtocol } from '../../infra/local/slb/listener';
import { type SlbModel } from '../../infra/local/slb/model';

/** Instances as a test lays them out; faults and states are changed with `change`. */
export class FakeDirectory implements InstanceDirectory {
  private readonly instances = new Map<string, InstanceView>();

  add(instanceId: string, more: Partial<InstanceView> = {}): this {
    const address = `127.64.0.${this.instances.size + 1}`;
    this.instances.set(instanceId, {
      instanceId,
      status: 'Running',
      address,
      servicePort: 8080,
      vpcId: 'vpc-1',
      cpuCount: 2,
      isServiceUp: true,
      faults: NO_FAULTS,
      ...more,
    });
    return this;
  }

  change(instanceId: string, more: Partial<InstanceView>): void {
    this.instances.set(instanceId, { ...this.instances.get(instanceId)!, ...more });
  }

  find(instanceId: string): InstanceView | undefined {
    return this.instances.get(instanceId);
  }

  findByAddress(address: string, port: number): InstanceView | undefined {
    return [...this.instances.values()].find(
      (one) => one.address === address && one.servicePort === port,
    );
  }
}

/** A directory of `count` running instances `i-1`, `i-2`, … */
export function directoryOf(count: number): FakeDirectory {
  const directory = new FakeDirectory();
  for (let index = 1; index <= count; index++) directory.add(`i-${index}`);
  return directory;
}

export interface ListenerLayout {
  readonly protocol?: Exclude<ListenerProtocol, 'udp'>;
  readonly port?: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A load balancer with one running listener over the default group. Both `Bandwidth` and `HealthCheck` are filled in. */
export function layOut(model: SlbModel, layout: ListenerLayout): Listener {
  const { protocol = 'http', port = 80, weights, parameters = {} } = layout;
  return model.provision(() => {
    const { loadBalancerId } = model.createLoadBalancer();
    const inputs = Object.entries(weights).map(([serverId, weight]) => ({ serverId, weight }));
    if (inputs.length > 0) model.addBackends({ kind: 'default', loadBalancerId }, inputs);
    const settings = createListenerSettings(protocol, {
      Bandwidth: '-1',
      HealthCheck: 'on',
      BackendServerPort: '8080',
      ...parameters,
    });
    const listener = model.createListener({ loadBalancerId, protocol, port }, settings);
    model.startListener(listener);
    return model.listener(loadBalancerId, port);
  });
}

/** The vendor's code and status of what `call` throws. */
export async function refusalOf(
  call: () => unknown,
): Promise<{ readonly code: string; readonly status: number }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof VendorError) return { code: error.code, status: error.status };
    throw error;
  }
  throw new Error('It was accepted.');
}

export type BehaviourSwitches = Partial<SlbBehaviour>;
