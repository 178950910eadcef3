import { type Parameters, VendorError } from '../contracts';

/** How an instance is paid for and when the cloud may take it back. */
export interface SpotTerms {
  readonly strategy: 'NoSpot' | 'SpotWithPriceLimit' | 'SpotAsPriceGo';
  /** With a price limit: thousandths of the currency an hour. */
  readonly priceLimitThousandths: number | undefined;
  /** Hours after its creation in which it is not taken back for its price. */
  readonly protectedHours: 0 | 1;
  readonly interruptionBehavior: 'Terminate' | 'Stop';
}

export const ON_DEMAND: SpotTerms = {
  strategy: 'NoSpot',
  priceLimitThousandths: undefined,
  protectedHours: 1,
  interruptionBehavior: 'Terminate',
};

const THOUSANDTHS = /^\d{1,9}(\.\d{1,3})?$/;

/** Reads the spot parameters of a launch. Throws 400 `InvalidSpotStrategy`, `InvalidSpotPriceLimit` or `InvalidSpotDuration`. */
export function readSpotTerms(parameters: Parameters): SpotTerms {
  const strategy = parameters['SpotStrategy'] ?? 'NoSpot';
  if (strategy !== 'NoSpot' && strategy !== 'SpotWithPriceLimit' && strategy !== 'SpotAsPriceGo')
    throw new VendorError(400, 'InvalidSpotStrategy', 'The specified SpotStrategy is not valid.');
  const duration = parameters['SpotDuration'] ?? '1';
  if (duration !== '0' && duration !== '1')
    throw new VendorError(400, 'InvalidSpotDuration', 'The specified SpotDuration is not valid.');
  return {
    strategy,
    priceLimitThousandths:
      strategy === 'SpotWithPriceLimit' ? readLimit(parameters['SpotPriceLimit']) : undefined,
    protectedHours: duration === '0' ? 0 : 1,
    interruptionBehavior: parameters['SpotInterruptionBehavior'] === 'Stop' ? 'Stop' : 'Terminate',
  };
}

function readLimit(text = ''): number {
  if (!THOUSANDTHS.test(text))
    throw new VendorError(
      400,
      'InvalidSpotPriceLimit',
      'SpotPriceLimit must be a price with at most three decimals.',
    );
  return Math.round(Number(text) * 1000);
}
