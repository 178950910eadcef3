import { Agent } from 'node:http';

/** Idle connections are closed after this, well before a backend would: a request never meets a connection that is being closed. */
const IDLE_MS = 2000;

/** One pool of kept-alive connections per backend. */
export class UpstreamPools {
  private readonly agents = new Map<string, Agent>();
  private readonly retired = new Set<Agent>();

  agent(memberKey: string): Agent {
    const agent =
      this.agents.get(memberKey) ??
      new Agent({
        keepAlive: true,
        maxFreeSockets: 64,
        scheduling: 'lifo',
        noDelay: true,
        timeout: IDLE_MS,
      });
    this.agents.set(memberKey, agent);
    return agent;
  }

  /** Closes the idle connections of a removed backend; what is under way ends by itself. */
  retire(memberKey: string): void {
    const agent = this.agents.get(memberKey);
    if (agent === undefined) return;
    this.agents.delete(memberKey);
    this.retired.add(agent);
    for (const sockets of Object.values(agent.freeSockets))
      for (const socket of [...(sockets ?? [])]) socket.destroy();
  }

  close(): void {
    for (const agent of [...this.agents.values(), ...this.retired]) agent.destroy();
  }
}
