import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadPolicy } from '../../shared/config/load-policy';
import { problemText } from '../../shared/config/problem';
import { type RegionState, type WholeRegion } from '../local/admin/region-states';
import { type AlidnsModel } from '../local/alidns/model';
import { type TimeProfile } from '../local/contracts';
import { type ServiceSettings } from '../local/ecs/instance-service';
import { type InvocationRecord } from '../local/function-host/invocation-runner';
import { type AccessKeys } from '../local/openapi/access-keys';
import { startLocalRegion, type LocalRegion } from '../local/region';
import { freePortOn } from './free-port';
import { LAUNCH_TEMPLATE } from './scale-section';
import { type Functions, startFunctions } from './start-functions';

export interface RehearsedRegionOptions {
  readonly regionId: string;
  /** Second number of its loopback addresses; the load balancers take the next. */
  readonly network: number;
  readonly times: TimeProfile;
  readonly seed: number;
  /** The account that all regions share, and its DNS service. */
  readonly accessKeys: AccessKeys;
  readonly alidns: AlidnsModel;
  readonly service?: Partial<ServiceSettings>;
}

/** What a region’s functions are told. */
export interface Deployment {
  /** `evenkeel.yaml` without region, store and archive, which are this region’s own. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly hasTimers: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
/** How the probe function calls itself. */
const PROBE_AGENT = 'evenkeel-probe';

/** One region of several: its own OpenAPI, load balancers, instances, Function host and store, all of which can be lost at once. */
export class RehearsedRegion implements WholeRegion {
  readonly regionId: string;
  readonly region: LocalRegion;
  /** Every invocation that ended, with its log lines, oldest first. */
  readonly invocations: InvocationRecord[] = [];
  private readonly folder: string;
  private readonly functionsPort: number;
  private deployment: Deployment | null = null;
  private functions: Functions | null = null;
  private isLost = false;

  private constructor(region: LocalRegion, functionsPort: number) {
    this.region = region;
    this.regionId = region.regionId;
    this.functionsPort = functionsPort;
    this.folder = mkdtempSync(join(tmpdir(), `evenkeel-${region.regionId}-`));
    mkdirSync(this.home);
  }

  /** Starts the region, without functions yet. */
  static async start(options: RehearsedRegionOptions): Promise<RehearsedRegion> {
    const { regionId, network, times, seed, accessKeys, alidns, service } = options;
    const functionsPort = await freePortOn([HOST]);
    const region = await startLocalRegion({
      ...{ regionId, network, times, seed, alidns },
      idPrefix: regionId.replace(/^cn-|\W/g, ''),
      sharedKeys: accessKeys,
      ecsSettings: { launchTemplates: [LAUNCH_TEMPLATE] },
      ...(service === undefined ? {} : { service }),
    });
    return new RehearsedRegion(region, functionsPort);
  }

  get policyFile(): string {
    return join(this.home, 'evenkeel.yaml');
  }

  get stateFolder(): string {
    return join(this.home, 'state');
  }

  get archiveFolder(): string {
    return join(this.home, 'archive');
  }

  /** Where other regions reach it, as `EVENKEEL_REGIONS` has it. */
  get endpoints(): { readonly openapi: string; readonly functions: string } {
    return {
      openapi: this.region.endpoints.openapi,
      functions: `${HOST}:${this.functionsPort}`,
    };
  }

  get isUp(): boolean {
    return !this.isLost;
  }

  /** Its functions, null while there are none. */
  get host(): Functions['host'] | null {
    return this.functions?.host ?? null;
  }

  /** Writes the policy file and starts the functions with it. Throws, with every problem, when it is not valid. */
  async deploy(deployment: Deployment): Promise<void> {
    this.deployment = deployment;
    const policy = {
      version: 1,
      region: this.regionId,
      store: { kind: 'file', path: 'state' },
      archive: { path: 'archive' },
      ...deployment.policy,
    };
    const text = stringify(policy);
    const loaded = loadPolicy(text, this.policyFile);
    if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(problemText).join('\n'));
    writeFileSync(this.policyFile, text);
    await this.startFunctions();
  }

  /** Everything in it is gone at once, for as long as nobody brings it back: functions, store, OpenAPI, load balancers, instances. */
  async die(): Promise<void> {
    if (this.isLost) return;
    this.isLost = true;
    await Promise.all([this.region.goDark(), this.stopFunctions()]);
    renameSync(this.home, this.lost);
  }

  /** All of it answers again, in the same places, with the store as it was; instances boot anew. */
  async comeBack(): Promise<void> {
    if (!this.isLost) return;
    renameSync(this.lost, this.home);
    await this.region.comeBack();
    await this.startFunctions();
    this.isLost = false;
  }

  /** Whether those who probe its sites get through; clients do in any case. */
  showSites(isSeen: boolean): void {
    this.region.dataPlane.isLost = ({ headers }) =>
      !isSeen && headers['user-agent'] === PROBE_AGENT;
  }

  async become(state: RegionState): Promise<void> {
    switch (state) {
      case 'lost':
        return this.die();
      case 'back':
        return this.comeBack();
      case 'unseen':
      case 'seen':
        this.showSites(state === 'seen');
    }
  }

  /** Only its functions are gone: nobody looks from here, nobody works here. */
  async stopFunctions(): Promise<void> {
    const functions = this.functions;
    this.functions = null;
    await functions?.host.stop();
  }

  async startFunctions(): Promise<void> {
    if (this.deployment === null) return;
    const { hasTimers, environment } = this.deployment;
    this.functions = await startFunctions(this.region, {
      ...{ policyFile: this.policyFile, hasTimers, environment, port: this.functionsPort },
      onInvocation: (record) => this.invocations.push(record),
    });
  }

  async stop(): Promise<void> {
    await this.stopFunctions();
    await this.region.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get home(): string {
    return join(this.folder, 'home');
  }

  private get lost(): string {
    return join(this.folder, 'lost');
  }
}
