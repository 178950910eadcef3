import { type LocalClock, type Parameters, VendorError } from '../contracts';

/** How long a token is remembered; the cloud does not say, nobody should rely on more. */
const REMEMBERED_MS = 24 * 3_600_000;

/** Idempotence of calls that start something: the same token with the same parameters gives the first answer again. */
export class ClientTokens {
  private readonly clock: LocalClock;
  private readonly answers = new Map<
    string,
    { readonly fingerprint: string; readonly answer: object; readonly at: number }
  >();

  constructor(clock: LocalClock) {
    this.clock = clock;
  }

  /** Runs `work` once per token; 400 `IdempotentParameterMismatch` when the token comes back with other parameters. */
  once(action: string, parameters: Parameters, work: () => object): object {
    const token = parameters['ClientToken'];
    if (token === undefined || token === '') return work();
    if (token.length > 64)
      throw new VendorError(
        400,
        'InvalidClientToken.ValueNotSupported',
        'The specified ClientToken is longer than 64 characters.',
      );
    this.forgetOld();
    const key = `${action} ${token}`;
    const fingerprint = JSON.stringify(
      Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1)),
    );
    const known = this.answers.get(key);
    if (known !== undefined && known.fingerprint !== fingerprint)
      throw new VendorError(
        400,
        'IdempotentParameterMismatch',
        'The request uses a client token that was used before with different parameters.',
      );
    if (known !== undefined) return known.answer;
    const answer = work();
    this.answers.set(key, { fingerprint, answer, at: this.clock.now() });
    return answer;
  }

  private forgetOld(): void {
    const oldest = this.clock.now() - REMEMBERED_MS;
    for (const [key, { at }] of this.answers) if (at < oldest) this.answers.delete(key);
  }
}
