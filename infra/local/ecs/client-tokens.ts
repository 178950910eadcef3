import { type LocalClock, type Parameters, VendorError } from '../contracts';

const DAY_MS = 24 * 3_600_000;

type Answer = { readonly reply: object | Promise<object> } | { readonly refusal: VendorError };

interface Remembered {
  readonly fingerprint: string;
  readonly answer: Answer;
  readonly at: number;
}

/**
 * Idempotence of calls that start something: the same token with the same parameters gives the first answer again, even when what was
 * started has gone. A launch that was refused for good stays refused under its token: the next try takes a new one.
 */
export class ClientTokens {
  private readonly clock: LocalClock;
  private readonly rememberedMs: number;
  private readonly answers = new Map<string, Remembered>();

  constructor(clock: LocalClock, rememberedMs = DAY_MS) {
    this.clock = clock;
    this.rememberedMs = rememberedMs;
  }

  /**
   * Runs `work` once per token; 400 `IdempotentParameterMismatch` when the token comes back with other parameters. Refusals that
   * `isFinal` are answers, too; after any other the token is free again.
   */
  once(
    action: string,
    parameters: Parameters,
    work: () => object | Promise<object>,
    isFinal: (error: VendorError) => boolean = () => false,
  ): object | Promise<object> {
    const token = parameters['ClientToken'];
    if (token === undefined || token === '') return work();
    requireToken(token);
    this.forgetOld();
    const key = `${action} ${token}`;
    const fingerprint = fingerprintOf(parameters);
    const known = this.answers.get(key);
    if (known !== undefined && known.fingerprint !== fingerprint)
      throw new VendorError(
        400,
        'IdempotentParameterMismatch',
        'The request uses a client token that was used before with different parameters.',
      );
    if (known !== undefined) return replyOf(known.answer);
    const remember = (answer: Answer): void =>
      void this.answers.set(key, { fingerprint, answer, at: this.clock.now() });
    const fail = (error: unknown): never => {
      if (error instanceof VendorError && isFinal(error)) remember({ refusal: error });
      else this.answers.delete(key);
      throw error;
    };
    return this.perform(work, remember, fail);
  }

  private perform(
    work: () => object | Promise<object>,
    remember: (answer: Answer) => void,
    fail: (error: unknown) => never,
  ): object | Promise<object> {
    try {
      const reply = work();
      const settled = reply instanceof Promise ? reply.catch(fail) : reply;
      remember({ reply: settled });
      return settled;
    } catch (error) {
      return fail(error);
    }
  }

  private forgetOld(): void {
    const oldest = this.clock.now() - this.rememberedMs;
    for (const [key, { at }] of this.answers) if (at < oldest) this.answers.delete(key);
  }
}

const requireToken = (token: string): void => {
  if (token.length > 64 || !/^[\x20-\x7e]*$/.test(token))
    throw new VendorError(
      400,
      'InvalidClientToken.ValueNotSupported',
      'The specified ClientToken is not ASCII or longer than 64 characters.',
    );
};

const fingerprintOf = (parameters: Parameters): string =>
  JSON.stringify(Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1)));

const replyOf = (answer: Answer): object | Promise<object> => {
  if ('refusal' in answer) throw answer.refusal;
  return answer.reply;
};
