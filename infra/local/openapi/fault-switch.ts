import { type LocalService } from '../contracts';

/**
 * How the control plane is made to fail:
 * - `forbidden` 403 Forbidden.RAM · `internal-error` 500 InternalError · `throttling` 400 Throttling
 * - `html` a proxy's 502 page · `hang` never an answer · `reset` the connection is torn down
 * - `lost-reply` the action takes effect and the connection is torn down before the answer
 */
export type ControlPlaneFault =
  'forbidden' | 'internal-error' | 'throttling' | 'html' | 'hang' | 'reset' | 'lost-reply';

export interface FaultScope {
  /** All products when left out. */
  readonly product?: LocalService['product'];
  /** All actions when left out. */
  readonly action?: string;
  /** Calls it strikes before it lifts itself; without end when left out. */
  readonly times?: number;
}

interface ActiveFault {
  readonly fault: ControlPlaneFault;
  readonly scope: FaultScope;
  remaining: number;
}

/** Outages on demand, for rehearsals: per product, per action, or everything. The fault set last wins. */
export class FaultSwitch {
  #active: ActiveFault[] = [];

  /** Sets a fault; the function returned lifts it. */
  set(fault: ControlPlaneFault, scope: FaultScope = {}): () => void {
    const active = { fault, scope, remaining: scope.times ?? Number.POSITIVE_INFINITY };
    this.#active.unshift(active);
    return () => {
      this.#active = this.#active.filter((other) => other !== active);
    };
  }

  /** Lifts all faults. */
  clear(): void {
    this.#active = [];
  }

  /** The fault that strikes this call, if any; counts it. */
  strike(
    product: LocalService['product'] | undefined,
    action: string,
  ): ControlPlaneFault | undefined {
    const active = this.#active.find(
      ({ scope }) =>
        (scope.product === undefined || scope.product === product) &&
        (scope.action === undefined || scope.action === action),
    );
    if (active === undefined) return undefined;
    active.remaining -= 1;
    if (active.remaining <= 0) this.#active = this.#active.filter((other) => other !== active);
    return active.fault;
  }
}
