/** What a signed word is about: a signature for one kind is worth nothing for another. */
export type WordKind = 'approval' | 'verdict' | 'session' | 'sign-in' | 'request';

/** Words of people and outside voters that must not be forged. Keys are known to both sides and rotate: two may hold at once. */
export interface Signatures {
  /** Lower-case hex. The order of the word’s fields does not matter. */
  sign(kind: WordKind, word: object, secret: string): string;
  /** Whether one of the accepted secrets signed exactly this. No accepted secret lets nobody in. */
  isSigned(kind: WordKind, word: object, signature: string, accepted: readonly string[]): boolean;
}
