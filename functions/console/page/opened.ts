import { type SessionView } from '../api';
import { type Place } from './place-address';

/** What is open over the page. */
export type Opened =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'tick'; readonly place: Place; readonly path: string }
  | { readonly kind: 'backend'; readonly pool: string; readonly instanceId: string }
  | { readonly kind: 'plan'; readonly place: Place }
  | { readonly kind: 'drain' | 'undrain'; readonly pool: string; readonly instanceId: string }
  | { readonly kind: 'freeze'; readonly place: Place | null }
  | { readonly kind: 'unfreeze'; readonly scope: string; readonly by: string }
  | {
      readonly kind: 'approve';
      readonly name: string;
      readonly moveId: string;
      readonly isGranted: boolean;
    };

/**
 * Whether what is open may stay so for whoever looks now: explanations for those who may read, plans and orders for those who may give
 * any. Example: the plan of somebody whose session is over is not left to whoever sits down next.
 */
export function mayStayOpen(kind: Opened['kind'], { mayRead, mayWrite }: SessionView): boolean {
  switch (kind) {
    case 'sign-in':
    case 'keys':
      return true;
    case 'tick':
    case 'backend':
      return mayRead;
    case 'plan':
    case 'drain':
    case 'undrain':
    case 'freeze':
    case 'unfreeze':
    case 'approve':
      return mayWrite;
  }
}
