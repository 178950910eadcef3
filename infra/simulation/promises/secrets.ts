import { type Moment } from '../history';
import { Judge } from './judge';

/**
 * Promise 11: no secret reaches a log line, a tick, an alert, a document of the store or a reply. That forged input changes nothing is what
 * all the other promises are about.
 */
export class SecretsJudge extends Judge {
  private secrets: readonly string[] = [];

  constructor() {
    super(11, 'no secret reaches a log, a tick, an alert or a reply');
  }

  see(moment: Moment): void {
    const { at } = moment;
    if (moment.kind === 'began') this.secrets = moment.secrets;
    if (moment.kind === 'log') this.search('a log line', moment.text, at);
    if (moment.kind === 'tick' || moment.kind === 'name-tick')
      this.search('a tick', moment.tick, at, moment.tick.request.tickId);
    if (moment.kind === 'alert') this.search('an alert', moment.alert, at);
    if (moment.kind === 'doorbell') this.search('a reply', moment.body, at);
    // What is remembered stands in the next tick again.
    if (moment.kind === 'store' && !moment.key.startsWith('memory/'))
      this.search('the store', moment.value, at);
  }

  private search(where: string, value: unknown, at: number, tickId?: string): void {
    if (this.holds(value)) this.breach(at, `a secret stands in ${where}`, tickId);
  }

  /** In any text or name of it, however deep. */
  private holds(value: unknown): boolean {
    if (typeof value === 'string') return this.isTold(value);
    if (typeof value !== 'object' || value === null) return false;
    if (Array.isArray(value)) return value.some((each) => this.holds(each));
    // By name: every tick is gone through, and pairs of name and value would be as many objects as it has fields.
    for (const name of Object.keys(value))
      if (this.isTold(name) || this.holds((value as Readonly<Record<string, unknown>>)[name]))
        return true;
    return false;
  }

  private isTold(text: string): boolean {
    for (const secret of this.secrets) if (text.includes(secret)) return true;
    return false;
  }
}
