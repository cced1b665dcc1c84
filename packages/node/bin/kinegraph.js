#!/usr/bin/env node
// The `kinegraph` command. A file of its own, so that npm can link it before the package is built.
import '../dist/cli.js';
