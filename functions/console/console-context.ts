import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type Clock } from '../../shared/ports/clock';
import { type Log } from '../../shared/ports/log';
import { type Signatures } from '../../shared/ports/signatures';
import { type StateStore } from '../../shared/ports/state-store';
import { type TickArchive } from '../../shared/ports/tick-archive';
import { type PageFile } from './page-files';

/** One pool that is shown, and where what is known of it is kept. */
export interface PoolSource {
  /** What it is called on the page and in addresses. */
  readonly id: string;
  readonly policy: PoolPolicy;
  readonly isElsewhere: boolean;
  readonly store: StateStore;
  readonly archive: TickArchive;
}

/** One public name that is shown. */
export interface NameSource {
  readonly id: string;
  readonly policy: NamePolicy;
  readonly isElsewhere: boolean;
  readonly store: StateStore;
  readonly archive: TickArchive<NameTick>;
}

/** Who may do what; the secrets themselves are in `ConsoleContext.secrets`. */
interface ConsoleAccess {
  readonly isReadingOpen: boolean;
  readonly mayWrite: boolean;
  readonly sessionMs: number;
  readonly writesPerMinute: number;
}

/** Everything that one request is answered with. */
export interface ConsoleContext {
  readonly regionId: string;
  readonly policyHash: string;
  readonly policyVersion: number | null;
  readonly pools: readonly PoolSource[];
  readonly names: readonly NameSource[];
  /** Freezes, sessions that have ended, orders given here, buckets of tokens. */
  readonly store: StateStore;
  readonly access: ConsoleAccess;
  /** Buckets that this process found empty, and until when they are; kept from one request to the next. */
  readonly emptyUntil: Map<string, number>;
  /** Current and next secret, the current one first; none: nobody can sign in. */
  readonly secrets: readonly string[];
  /** Bearer tokens of `/metrics`; null: the policy names none. */
  readonly metricsSecrets: readonly string[] | null;
  /** Secrets that sign a person’s word; asked for only when somebody gives one. */
  readonly approvalSecrets: () => readonly string[];
  readonly signatures: Signatures;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Has the `operator` function run a verb; null where nobody runs any. */
  readonly operate: ((request: object) => Promise<unknown>) | null;
  /** A page of Prometheus text; null where there is none. */
  readonly metrics: ((page: number | undefined) => Promise<string>) | null;
  readonly pageFile: (path: string) => PageFile | null;
  readonly log: Log;
}
