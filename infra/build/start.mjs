// `npm start`: the guided tour. Arguments after `--` go to it.
process.argv.splice(2, 0, 'tour');
await import('./run.mjs');
