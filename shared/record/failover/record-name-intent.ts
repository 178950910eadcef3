import { type NamePorts } from '../../ports/name-ports';
import { intendedMemory, type NameTickParts, writesRecords } from './next-name-memory';
import { storeNameMemory } from './store-name-memory';

/**
 * Writes down what is about to be done to the records, with the next generation: whoever still holds an older plan finds that out
 * before each of its writes. Nothing is noted where nothing would be written. False when a newer worker has taken over: then
 * nothing may be sent. Throws `StoreUnavailable`.
 */
export async function recordNameIntent(parts: NameTickParts, ports: NamePorts): Promise<boolean> {
  const { request, name, plan } = parts;
  if (ports.writes === 'recorded' || !writesRecords(plan)) return true;
  const memory = intendedMemory(parts, ports.clock.now());
  const { generation } = name.memory;
  return storeNameMemory(request, memory, { generation }, ports);
}
