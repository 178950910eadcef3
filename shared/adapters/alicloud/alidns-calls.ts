import { CloudError } from '../../domain/cloud-error';
import { type CallOptions } from '../../ports/load-balancer';
import { ConfigurationLock, type LockOptions } from './configuration-lock';
import { type Fields, listAt, requiredNumber, unreadable } from './reply';
import { type Rpc } from './rpc';

export interface AlidnsOptions extends LockOptions {
  readonly rpc: Rpc;
}

/** Request models of the vendor's Alidns package: types and field names without its client. */
interface VendorModel {
  toMap(): Record<string, unknown>;
}

interface Change {
  readonly action: string;
  readonly model: VendorModel;
  /** Looks whether it is done: what a lost reply is followed by. */
  readonly isDone: () => Promise<boolean>;
}

interface PagedList {
  readonly action: string;
  readonly path: readonly string[];
  readonly modelOf: (pageNumber: number) => VendorModel;
  /** What no two entries share. */
  readonly keyOf: (entry: Fields) => string;
}

/**
 * Community clients rest 0.5 to 5 s between two changes of a domain, and Terraform waits as long for one that is not finished. Doubling
 * from 0.5 s (to 1.5 s at random) finds a short rest soon and does not press a long one.
 */
const CHANGE_WAIT = { firstMs: 500, maxMs: 5000 };

/**
 * Calls of Alidns 2015-01-09 with the vendor's request models. The service applies one change of a domain after the other and says
 * `LastOperationNotFinished` meanwhile, to reads as well: every call waits for it inside its deadline.
 */
export class AlidnsCalls {
  private readonly rpc: Rpc;
  private readonly lock: ConfigurationLock;

  constructor(options: AlidnsOptions) {
    this.rpc = options.rpc;
    this.lock = new ConfigurationLock({ ...options, lockWait: options.lockWait ?? CHANGE_WAIT });
  }

  async call(action: string, model: VendorModel, options: CallOptions): Promise<Fields> {
    let reply: Fields = {};
    const send = async (): Promise<void> => {
      reply = await this.rpc.call(
        { product: 'Alidns', version: '2015-01-09', action, query: model.toMap() },
        options,
      );
    };
    const failure = await this.lock.send(send, options.deadline);
    if (failure !== undefined) throw new CloudError(failure);
    return reply;
  }

  /**
   * Sends an absolute change. Already so is done. After a lost reply it looks first, and sends once more only what is not there; what
   * fails then stays ambiguous, since the first one may still land.
   */
  async change(change: Change, options: CallOptions): Promise<void> {
    const { action, model, isDone } = change;
    try {
      await this.accepted(action, model, options);
    } catch (lost) {
      if (!(lost instanceof CloudError && lost.details.isAmbiguous)) throw lost;
      const isThere = await isDone().catch(() => {
        throw lost;
      });
      if (!isThere) await this.accepted(action, model, options).catch(stillAmbiguous);
    }
  }

  /** Reads until what was accepted is to be seen, a few times. Throws an ambiguous `CloudError` when it cannot be read. */
  readBack<T>(
    read: () => Promise<T>,
    isSettled: (found: T) => boolean,
    { deadline }: CallOptions,
  ): Promise<T> {
    return this.lock.readBack(read, isSettled, deadline);
  }

  /**
   * Every entry of a list that comes in numbered pages. Pages that contradict each other (another total, an entry twice, too few or too
   * many) are unreadable: nothing may be concluded from a part of the records.
   */
  async entries(list: PagedList, options: CallOptions): Promise<readonly Fields[]> {
    const found = new Map<string, Fields>();
    let expected: number | undefined;
    for (let pageNumber = 1; ; pageNumber += 1) {
      const reply = await this.call(list.action, list.modelOf(pageNumber), options);
      const total = requiredNumber(list.action, reply, 'TotalCount');
      const entries = listAt(list.action, reply, ...list.path);
      const before = found.size;
      for (const entry of entries) found.set(list.keyOf(entry), entry);
      expected ??= total;
      const isWhole = total === expected && found.size === before + entries.length;
      if (!isWhole || found.size > total) throw unreadable(list.action, ['agreeing pages']);
      if (found.size === total) return [...found.values()];
      if (entries.length === 0) throw unreadable(list.action, ['the rest of its pages']);
    }
  }

  private async accepted(action: string, model: VendorModel, options: CallOptions): Promise<void> {
    try {
      await this.call(action, model, options);
    } catch (error) {
      if (!(error instanceof CloudError && error.details.reaction === 'already-so')) throw error;
    }
  }
}

function stillAmbiguous(error: unknown): never {
  if (!(error instanceof CloudError)) throw error;
  throw new CloudError({ ...error.details, isAmbiguous: true });
}
