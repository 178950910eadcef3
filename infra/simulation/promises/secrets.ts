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
    if (moment.kind === 'began') this.secrets = moment.secrets.map(inJson);
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
    const text = JSON.stringify(value);
    if (this.secrets.some((secret) => text.includes(secret)))
      this.breach(at, `a secret stands in ${where}`, tickId);
  }
}

/** As it stands inside any text of a JSON document. */
const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1);
