import { type Vote } from '../../domain/failover/name-snapshot';
import { type Instant } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { type SiteLook, type Vantages } from '../../ports/vantages';
import { type Fields, listAt, numberAt, textAt } from '../alicloud/reply';
import { callRegion, type RegionFunctions } from './region-call';

export interface FunctionVantagesOptions extends RegionFunctions {
  /** Name of the `probe` function, the same in every region. */
  readonly functionName: string;
}

const DETAIL_LENGTH_MAX = 200;
const ANSWERS: readonly Vote['answer'][] = ['up', 'down', 'unknown'];

/**
 * Vantages as `probe` functions, one call per region and look. What a reply says of itself is not taken over: a region votes for itself
 * only, and its votes are as old as our question, whatever its clock says.
 */
export class FunctionVantages implements Vantages {
  private readonly options: FunctionVantagesOptions;

  constructor(options: FunctionVantagesOptions) {
    this.options = options;
  }

  /** Votes in the order of the looks. A site of which the reply says nothing that can be understood has no vote. */
  async look(
    regionId: string,
    looks: readonly SiteLook[],
    options: CallOptions,
  ): Promise<readonly Vote[]> {
    const { clock, functionName } = this.options;
    const askedAt = clock.now();
    const call = { regionId, functionName, payload: { looks } };
    const reply = await callRegion(this.options, call, options);
    const entries = listAt('InvokeFunction', reply, 'votes');
    return looks.flatMap((look) => {
      const entry = entries.find((one) => textAt(one, 'siteName') === look.name);
      const vote = entry && voteOf(entry, { regionId, siteName: look.name, at: askedAt });
      return vote === undefined ? [] : [vote];
    });
  }
}

interface Asked {
  readonly regionId: string;
  readonly siteName: string;
  readonly at: Instant;
}

/** The vote, or undefined where it is none or contradicts itself: down with an answer, up without one. */
function voteOf(entry: Fields, { regionId, siteName, at }: Asked): Vote | undefined {
  const answer = ANSWERS.find((one) => one === textAt(entry, 'answer'));
  const [attempts, failed] = [countAt(entry, 'attempts'), countAt(entry, 'failed')];
  if (answer === undefined || attempts === undefined || failed === undefined) return undefined;
  const isPossible =
    failed <= attempts &&
    (answer !== 'down' || (attempts > 0 && failed === attempts)) &&
    (answer !== 'up' || failed < attempts);
  if (!isPossible) return undefined;
  return {
    ...{ voter: regionId, kind: 'vantage', siteName, answer, at, attempts, failed },
    latencyMs: numberAt(entry, 'latencyMs') ?? null,
    detail: textAt(entry, 'detail').slice(0, DETAIL_LENGTH_MAX),
  };
}

function countAt(entry: Fields, name: string): number | undefined {
  const value = entry[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}
