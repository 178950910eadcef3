import { readFileSync } from 'node:fs';
import { type StoreChoice } from '../adapters/production';
import { RedisStateStore } from '../adapters/redis/redis-state-store';
import { followReference } from '../config/environment';
import { type FleetPolicy, type RedisAddress } from '../config/fleet-policy';
import { type StateStore } from '../ports/state-store';
import { clock } from './clock';

/** One per address, for as long as the process lives: a warm instance keeps its connection. */
const opened = new Map<string, StateStore>();

/** The adapter that the `store` section or the environment asks for. */
export function storeChoice(store: FleetPolicy['store']): StoreChoice {
  if (store.kind === 'memory') return { kind: 'memory' };
  if (store.kind === 'file') return { kind: 'file', folder: store.path };
  const key = JSON.stringify(store);
  const redis = opened.get(key) ?? openRedis(store);
  opened.set(key, redis);
  return { kind: 'given', store: redis };
}

/** Throws when the file with the certificates cannot be read or a password's variable is not set; connects when it is used. */
function openRedis(address: RedisAddress): StateStore {
  const { authoritiesFile, isEncrypted } = address;
  const authorities = authoritiesFile === null ? null : readFileSync(authoritiesFile, 'utf8');
  const settings = {
    ...address,
    passwords: address.passwords.map((reference) => followReference(reference)),
    tls: isEncrypted ? { authorities } : null,
  };
  return new RedisStateStore({ settings, clock });
}
