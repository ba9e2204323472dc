'use strict';
require('node:net');
