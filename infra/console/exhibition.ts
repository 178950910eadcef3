import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type ConsoleContext } from '../../functions/console/console-context';
import { pageFiles } from '../../functions/console/page-files';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { FileTickArchive } from '../../shared/adapters/file/file-tick-archive';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { loadPolicy } from '../../shared/config/load-policy';
import { problemText } from '../../shared/config/problem';
import { repositoryRoot } from '../local/repository';
import { type ConsoleServer, serveConsole } from './console-server';

/** A deployment that is shown: where it keeps its state and its ticks. */
export interface Exhibit {
  /** Stands behind the names of its pools. */
  readonly label: string;
  readonly policyFile: string;
  readonly stateFolder: string;
  readonly archiveFolder: string;
}

interface Shown extends Exhibit {
  readonly policy: FleetPolicy;
}

/** A console at one address that shows several deployments, those that have ended too; nobody can sign in, nothing is written. */
export class Exhibition {
  private readonly shown = new Map<string, Shown>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'evenkeel-console-'));
  private readonly clock = new SystemClock();
  private readonly store = new MemoryStateStore(this.clock);
  private server: ConsoleServer | null = null;

  /** Rejects when no port can be opened. */
  static async open(): Promise<Exhibition> {
    const exhibition = new Exhibition();
    exhibition.server = await serveConsole(() => exhibition.context());
    return exhibition;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  /** Shows a deployment from now on. Throws when its policy cannot be read. */
  add(exhibit: Exhibit): void {
    const text = readFileSync(exhibit.policyFile, 'utf8');
    const loaded = loadPolicy(text, exhibit.policyFile);
    if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(problemText).join('\n'));
    this.shown.set(exhibit.label, { ...exhibit, policy: loaded.policy });
  }

  /** Keeps a copy of what is known of a deployment that ends now. */
  keep(label: string): void {
    const shown = this.shown.get(label);
    if (shown === undefined) return;
    const folder = join(this.folder, String(this.shown.size), randomUUID());
    const stateFolder = join(folder, 'state');
    const archiveFolder = join(folder, 'archive');
    for (const [from, to] of [
      [shown.stateFolder, stateFolder],
      [shown.archiveFolder, archiveFolder],
    ] as const)
      cpSync(from, to, { recursive: true, force: true });
    this.shown.set(label, { ...shown, stateFolder, archiveFolder });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The newest deployment first. */
  private context(): ConsoleContext {
    const all = [...this.shown.values()].reverse();
    const [first] = all;
    const { clock, store } = this;
    return {
      ...{ regionId: first?.policy.regionId ?? '', policyHash: '', policyVersion: null },
      pools: all.flatMap((one) => poolsOf(one, clock)),
      names: all.flatMap((one) => namesOf(one, clock)),
      access: { isReadingOpen: true, mayWrite: false, sessionMs: 0, writesPerMinute: 1 },
      ...{ store, clock, secrets: [], metricsSecrets: null, approvalSecrets: () => [] },
      emptyUntil: new Map(),
      ...{ signatures: HMAC_SIGNATURES, newId: randomUUID, operate: null, metrics: null },
      pageFile: pageFiles(join(repositoryRoot(), 'dist', 'functions', 'console', 'page')),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    };
  }
}

const storesOf = ({ stateFolder, archiveFolder }: Shown, clock: SystemClock) => ({
  store: new FileStateStore({ folder: stateFolder, clock }),
  archive: new FileTickArchive({ folder: archiveFolder, clock }),
});

const poolsOf = (shown: Shown, clock: SystemClock): ConsoleContext['pools'] =>
  shown.policy.pools
    .filter(({ regionId }) => regionId === shown.policy.regionId)
    .map((policy) => ({
      ...{ id: `${policy.name} · ${shown.label}`, policy, isElsewhere: false },
      ...storesOf(shown, clock),
    }));

const namesOf = (shown: Shown, clock: SystemClock): ConsoleContext['names'] =>
  shown.policy.names
    .filter(({ homeRegionId }) => homeRegionId === shown.policy.regionId)
    .map((policy) => ({
      ...{ id: `${policy.name} · ${shown.label}`, policy, isElsewhere: false },
      store: new FileStateStore({ folder: shown.stateFolder, clock }),
      archive: new FileTickArchive({ folder: join(shown.archiveFolder, 'names'), clock }),
    }));
