/*
 * For tests of the crash report: a task that crashes 100 ms after boot, as
 * the command line says.
 *
 *	crash=panic		a panic
 *	crash=assert		a failed assertion
 *	crash=null		a write to address 0
 *	crash=stack		an endless recursion
 *	crash=exec		a call of data
 *	crash=nested		a panic whose report faults itself
 *	crash=softlockup	a task that runs for 2.5 s, then goes on
 *	crash=softirq		a softirq that does
 *	crash=softirqpanic	a panic in a softirq
 */
#pragma once

#include "boot/cmdline.h"

void crash_test_start(enum crash_kind kind);
