import { describe, expect, it } from '@jest/globals';
import { detectAddressMode } from '../../infra/local/ecs/address-plan';

const WHY_NOT =
  'is left out: instances that come and go each need a loopback address 127.x.y.z of their own, which only Linux has';

/** Scaling over real sockets; elsewhere than on Linux one test says why there is nothing else. */
export const describeScaling = (name: string, body: () => void): void =>
  describe(
    name,
    process.platform === 'linux'
      ? body
      : () => {
          it(WHY_NOT, async () => {
            expect(await detectAddressMode()).toBe('port-per-instance');
          });
        },
  );
