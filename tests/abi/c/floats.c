/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating point as programs use it: formatting through the x87, rounding modes, exceptions as
 * signals with the right reason, and state that survives signals, fork and other threads.
 */
#define _GNU_SOURCE
#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#if LDBL_MANT_DIG == 64 /* of 80 bits; else of 128 */
#define LONG_THIRD "0.33333333333333333334"
#else
#define LONG_THIRD "0.33333333333333333333"
#endif
#define TCG_EBX 0x54474354u /* "TCGT" */

static volatile double one = 1, three = 3, zero = 0, tiny = 0x1p-1022, huge = 0x1p1023;
static volatile long double one_l = 1, zero_l = 0;

static void formats(void)
{
    char s[128];

    snprintf(s, sizeof(s), "%.20Lf %.17g %a %Lg", one_l / 3, one / three, tiny * 1.5,
             -zero_l);
    CHECK(strcmp(s, LONG_THIRD " 0.33333333333333331 0x1.8p-1022 -0") == 0);
    CHECK(fabsl(sqrtl(one_l * 2) - 1.41421356237309504880L) < 1e-18L);
}

static void rounding(void)
{
    CHECK(fesetround(FE_UPWARD) == 0);
    CHECK(one / three * three > 1 || one / three > 0x1.5555555555555p-2);
    CHECK(lrint(0.1 * one) == 1 && lrintl(one_l / 8) == 1);
    CHECK(fesetround(FE_DOWNWARD) == 0);
    CHECK(one / three == 0x1.5555555555555p-2 && lrint(-0.1 * one) == -1);
    CHECK(fesetround(FE_TONEAREST) == 0);
}

static void flags(void)
{
    volatile double r;

    feclearexcept(FE_ALL_EXCEPT);
    r = one / zero;
    CHECK(isinf(r) && fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
    r = huge * huge;
    CHECK(fetestexcept(FE_OVERFLOW) && fetestexcept(FE_INEXACT));
    CHECK(getppid() > 0); /* a call changes nothing */
    CHECK(fetestexcept(FE_DIVBYZERO) && !fetestexcept(FE_INVALID));
    feclearexcept(FE_ALL_EXCEPT);
}

static sigjmp_buf back;
static volatile int code;

static void on_fpe(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    code = info->si_code;
    siglongjmp(back, 1);
}

/* The si_code with which the expression ends when `exception` is unmasked; 0: it does not. */
#define TRAP(type, expression, exception)                                                \
    ({                                                                                   \
        volatile type result = 0;                                                        \
                                                                                         \
        code = 0;                                                                        \
        feclearexcept(FE_ALL_EXCEPT);                                                    \
        feenableexcept(exception);                                                       \
        if (sigsetjmp(back, 1) == 0) {                                                   \
            result = (expression);                                                       \
            result = result + 1;                                                         \
        }                                                                                \
        fedisableexcept(FE_ALL_EXCEPT);                                                  \
        feclearexcept(FE_ALL_EXCEPT);                                                    \
        code;                                                                            \
    })

/* QEMU's translator sets the flags of SSE but never raises its exceptions (CPUID says who it
 * is).  Elsewhere they must come on x86; other processors have a choice, and say so. */
static bool processor_traps(void)
{
#ifdef __x86_64__
    unsigned a, b, c, d;

    __cpuid(0x40000000, a, b, c, d);
    if (b == TCG_EBX)
        puts("floats: this processor raises no exceptions of SSE: not tested");
    return b != TCG_EBX;
#else
    bool can = feenableexcept(FE_DIVBYZERO) != -1;

    fedisableexcept(FE_ALL_EXCEPT);
    if (!can)
        puts("floats: this processor raises no exceptions: not tested");
    return can;
#endif
}

static void traps(void)
{
    struct sigaction sa = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};

    CHECK(sigaction(SIGFPE, &sa, NULL) == 0);
#ifdef __x86_64__ /* elsewhere no processor computes with them */
    CHECK(TRAP(long double, one_l / zero_l, FE_DIVBYZERO) == FPE_FLTDIV);
    CHECK(TRAP(long double, zero_l / zero_l, FE_INVALID) == FPE_FLTINV);
#endif
    CHECK(TRAP(double, one / zero, FE_INVALID) == 0);
    if (!processor_traps())
        return;
    CHECK(TRAP(double, one / zero, FE_DIVBYZERO) == FPE_FLTDIV);
    CHECK(TRAP(double, zero / zero, FE_INVALID) == FPE_FLTINV);
    CHECK(TRAP(double, huge *huge, FE_OVERFLOW) == FPE_FLTOVF);
    CHECK(TRAP(double, tiny *tiny, FE_UNDERFLOW) == FPE_FLTUND);
    CHECK(TRAP(double, one / three, FE_INEXACT) == FPE_FLTRES);
}

/* A handler that computes, in another rounding mode, between two instructions of ours. */
static volatile long double disturbed;

static void on_alarm(int sig)
{
    fesetround(FE_UPWARD);
    disturbed += sqrtl((long double)sig) / 7;
}

static long double sum_of(unsigned n)
{
    long double sum = 0;

    for (unsigned i = 1; i <= n; i++)
        sum += 1 / (long double)i + (double)i / 3;
    return sum;
}

static void *summing(void *arg)
{
    unsigned mode = (unsigned)(uintptr_t)arg;
    long double first;

    fesetround(mode & 1 ? FE_UPWARD : FE_TONEAREST);
    first = sum_of(20000);
    for (unsigned i = 0; i < 20; i++)
        if (sum_of(20000) != first)
            return (void *)1;
    return NULL;
}

static void preserved(void)
{
    const long double calm = sum_of(20000);
    pthread_t t[4];
    void *wrong;

    signal(SIGUSR1, on_alarm);
    for (unsigned i = 0; i < 20; i++) {
        raise(SIGUSR1);
        CHECK(fegetround() == FE_TONEAREST && sum_of(20000) == calm);
    }
    CHECK(disturbed > 0);
    for (uintptr_t i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, summing, (void *)i) == 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], &wrong) == 0 && wrong == NULL);
    CHECK(sum_of(20000) == calm);
}

static void inherited(void)
{
    int status;

    fesetround(FE_TOWARDZERO);
    if (fork() == 0)
        _exit(fegetround() == FE_TOWARDZERO && lrintl(-2.9L * one_l) == -2 ? 0 : 1);
    CHECK(wait(&status) > 0 && status == 0);
    fesetround(FE_TONEAREST);
}

int main(void)
{
    formats();
    rounding();
    flags();
    traps();
    preserved();
    inherited();
    return check_done("floats");
}
