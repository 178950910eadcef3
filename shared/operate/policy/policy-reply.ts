import { type PolicyProblem } from '../../config/problem';
import { type PolicyVersion } from '../../domain/policy-version';

export type PolicyReply =
  /** It is the newest now; functions go by it from their next look on. */
  | { readonly kind: 'policy-stored'; readonly stored: PolicyVersion }
  /** The newest has this very text; nothing was written. */
  | { readonly kind: 'policy-unchanged'; readonly newest: PolicyVersion }
  /** Newest first; empty when nothing was ever pushed. */
  | { readonly kind: 'policy-history'; readonly versions: readonly PolicyVersion[] }
  | { readonly kind: 'policy'; readonly shown: PolicyVersion; readonly text: string }
  /** Nothing was done, and why; `problems` are those of a policy that is not valid. */
  | {
      readonly kind: 'refused';
      readonly code: PolicyRefusalCode;
      readonly message: string;
      readonly problems: readonly PolicyProblem[];
    };

type PolicyRefusalCode =
  | 'invalid'
  | 'too-large'
  | 'another-region'
  | 'conflict'
  | 'empty'
  | 'unreadable'
  | 'unknown-version';
