import { instant, millis, type Instant } from '../domain/units';
import { type Clock } from '../ports/clock';
import { type CallOptions } from '../ports/load-balancer';

/** How long the first who asks waits for others: a moment beside the seconds that a look takes. */
const GATHER_MS = 50;

interface Asker<Question, Answer> {
  readonly questions: readonly Question[];
  readonly deadline: Instant;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Questions of one kind, asked together. */
export class Gathering<Question, Answer> {
  private readonly clock: Clock;
  private waiting: Asker<Question, Answer>[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * The answer to the questions of all who asked within a moment, which each takes its own from. The first one's `read` is used for all,
   * with the soonest deadline; when it fails it fails for all.
   */
  ask(
    questions: readonly Question[],
    options: CallOptions,
    read: (all: readonly Question[], options: CallOptions) => Promise<Answer>,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ questions, deadline: options.deadline, resolve, reject });
      if (this.waiting.length > 1) return;
      const together = async (): Promise<void> => {
        await this.clock.sleep(millis(GATHER_MS));
        await this.askTogether((all, deadline) => read(all, { ...options, deadline }));
      };
      together().catch(reject);
    });
  }

  private async askTogether(
    read: (all: readonly Question[], deadline: Instant) => Promise<Answer>,
  ): Promise<void> {
    const askers = this.waiting;
    this.waiting = [];
    try {
      const deadline = instant(Math.min(...askers.map((asker) => asker.deadline)));
      const answer = await read(
        askers.flatMap(({ questions }) => questions),
        deadline,
      );
      for (const { resolve } of askers) resolve(answer);
    } catch (error) {
      for (const { reject } of askers) reject(error);
    }
  }
}
