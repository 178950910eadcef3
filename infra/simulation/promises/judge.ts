import { type Breach, type Checker, type Moment } from '../history';

/** How many breaches of one promise are kept: the first is what matters, and a broken run has thousands. */
const KEPT_MAX = 20;

/** What checkers have in common: the list of breaches, each said once. */
export abstract class Judge implements Checker {
  readonly promise: number;
  readonly title: string;
  private readonly found: Breach[] = [];
  private readonly said = new Set<string>();

  constructor(promise: number, title: string) {
    this.promise = promise;
    this.title = title;
  }

  get breaches(): readonly Breach[] {
    return this.found;
  }

  abstract see(moment: Moment): void;

  /** Most promises are judged when something happens, not at the end. */
  finish(): void {
    // nothing is left to judge
  }

  /** The same sentence counts once. */
  protected breach(at: number, what: string, tickId?: string): void {
    if (this.said.has(what) || this.found.length >= KEPT_MAX) return;
    this.said.add(what);
    this.found.push({ promise: this.promise, at, what, ...(tickId !== undefined && { tickId }) });
  }
}
