import { type Moment } from '../history';
import { Judge } from './judge';

/**
 * Promise 11: no secret reaches a log line, a tick, an alert, a document of the store or a reply. That forged input changes nothing is what
 * all the other promises are about.
 */
export class SecretsJudge extends Judge {
  private secrets: readonly string[] = [];
  /** Policies and the like, which every tick holds again: looked through once. */
  private readonly searched = new WeakSet<object>();

  constructor() {
    super(11, 'no secret reaches a log, a tick, an alert or a reply');
  }

  see(moment: Moment): void {
    switch (moment.kind) {
      case 'began':
        this.secrets = moment.secrets;
        return;
      case 'log':
        return this.search('a log line', moment.text, moment.at);
      case 'tick':
        return this.search('a tick', moment.tick, moment.at, moment.tick.request.tickId);
      case 'name-tick':
        return this.search('a tick', moment.tick, moment.at, moment.tick.request.tickId);
      case 'alert':
        return this.search('an alert', moment.alert, moment.at);
      case 'store':
        // What is remembered stands in the next tick again.
        if (moment.key.startsWith('memory/')) return;
        return this.search('the store', moment.value, moment.at);
      case 'doorbell':
        return this.search('a reply', moment.body, moment.at);
      default:
    }
  }

  private search(where: string, value: unknown, at: number, tickId?: string): void {
    if (this.holdsSecret(value)) this.breach(at, `a secret stands in ${where}`, tickId);
  }

  private holdsSecret(value: unknown): boolean {
    if (typeof value === 'string') return this.secrets.some((secret) => value.includes(secret));
    if (typeof value !== 'object' || value === null || this.searched.has(value)) return false;
    this.searched.add(value);
    return Object.entries(value).some(
      ([key, each]) => this.holdsSecret(key) || this.holdsSecret(each),
    );
  }
}
