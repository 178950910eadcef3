import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';
import { type Rpc, type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { CloudError } from '../../shared/domain/cloud-error';
import { instant, millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { type Dice } from './dice';
import { staleFigures, wildFigures } from './false-figures';
import { type FaultKind } from './fault-kinds';

/** A time in which some calls of a region’s API go wrong. */
export interface Trouble {
  readonly fault: Extract<
    FaultKind,
    | 'throttling'
    | 'timeout-before-effect'
    | 'timeout-after-effect'
    | 'api-outage'
    | 'api-refused'
    | 'metrics-missing'
    | 'metrics-stale'
    | 'metrics-contradictory'
  >;
  /** Null: every product. */
  readonly product: RpcRequest['product'] | null;
  /** Share of the calls that are struck, in permille. */
  readonly share: number;
  readonly until: number;
}

/** The API as one caller meets it. */
export interface ApiWeather {
  /** True time. */
  readonly now: () => number;
  readonly troubles: () => readonly Trouble[];
  /** Whether the region, or the caller’s own, is cut off. */
  readonly isDark: () => boolean;
  readonly onStrike: (fault: Trouble['fault'], action: string) => void;
  readonly callMs: number;
  readonly dice: Dice;
}

export interface UnreliableRpcOptions extends ApiWeather {
  /** The region itself: takes no time and knows no trouble. */
  readonly rpc: Rpc;
  /** The caller’s, which may be wrong. */
  readonly clock: Clock;
}

type Reply = Readonly<Record<string, unknown>>;

const ATTEMPT_MS = 10_000;
/** A call that was given up may still take effect so much later. */
const LATE_MS = 3_000;
const NO_DEADLINE: CallOptions = { deadline: instant(Number.MAX_SAFE_INTEGER) };
const isWrite = (action: string): boolean => !/^(Describe|List|Get|Query)/.test(action);

/** Calls that take time, are refused, get lost on the way there or on the way back, and sometimes land after their caller has given up. */
export class UnreliableRpc implements Rpc {
  private readonly options: UnreliableRpcOptions;

  constructor(options: UnreliableRpcOptions) {
    this.options = options;
  }

  async call(request: RpcRequest, options: CallOptions): Promise<Reply> {
    const { clock, callMs, dice, rpc } = this.options;
    if (clock.now() >= options.deadline) throw lost(request.action, false);
    const tripMs = Math.ceil((callMs * (0.5 + dice.next())) / 2);
    await clock.sleep(millis(tripMs));
    if (this.options.isDark()) return this.silence(request, options);
    const trouble = this.strike(request);
    if (trouble !== undefined) return this.suffer(trouble, request, options);
    try {
      return await rpc.call(request, NO_DEADLINE);
    } finally {
      await clock.sleep(millis(tripMs));
    }
  }

  private strike({ product, action }: RpcRequest): Trouble['fault'] | undefined {
    const { troubles, now, dice, onStrike } = this.options;
    const found = troubles().find(
      (one) =>
        one.until > now() &&
        (one.product ?? product) === product &&
        (one.fault !== 'api-refused' || isWrite(action)) &&
        dice.happens(one.share),
    );
    if (found !== undefined) onStrike(found.fault, action);
    return found?.fault;
  }

  private async suffer(
    fault: Trouble['fault'],
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Reply> {
    const { action } = request;
    const { dice } = this.options;
    switch (fault) {
      case 'throttling':
        throw refused(action, 400, 'Throttling', 1_000);
      case 'api-outage':
      case 'metrics-missing':
        throw refused(action, 500, 'InternalError');
      case 'api-refused':
        throw refused(action, 403, 'Forbidden.RAM');
      case 'timeout-before-effect':
        return this.silence(request, options);
      case 'timeout-after-effect':
        this.landLate(request);
        return this.silence(request, options);
      case 'metrics-stale':
        return staleFigures(await this.options.rpc.call(request, NO_DEADLINE));
      case 'metrics-contradictory':
        return wildFigures(await this.options.rpc.call(request, NO_DEADLINE), dice);
    }
  }

  /** Nothing comes back until the caller gives up. */
  private async silence({ action }: RpcRequest, { deadline }: CallOptions): Promise<never> {
    const { clock } = this.options;
    const waitMs = Math.max(0, Math.min(ATTEMPT_MS, deadline - clock.now()));
    await clock.sleep(millis(waitMs));
    throw lost(action, true);
  }

  /** At once, or only after the caller has given up. */
  private landLate(request: RpcRequest): void {
    const { clock, dice, rpc } = this.options;
    const afterMs = dice.happens(700) ? 0 : ATTEMPT_MS + dice.between(0, LATE_MS);
    const land = async (): Promise<void> => {
      await clock.sleep(millis(afterMs));
      await rpc.call(request, NO_DEADLINE);
    };
    land().catch((error: unknown) => {
      if (!(error instanceof CloudError)) throw error;
    });
  }
}

const lost = (action: string, mayHaveBeenSent: boolean): CloudError =>
  classifyVendorError({
    ...{ action, code: 'Timeout', mayHaveBeenSent },
    message: mayHaveBeenSent ? 'the call was not answered in time' : 'no time is left',
  });

const refused = (action: string, status: number, code: string, retryAfterMs?: number): CloudError =>
  classifyVendorError({
    ...{ action, status, code, retryAfterMs },
    message: `refused: ${code}`,
  });
