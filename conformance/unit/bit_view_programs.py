"""Small programs of views across dtypes, for a module that is PyTorch or agrad: what each returns has to be the same.

Values are tensors, numbers, strings or lists of them. They are told apart by their names in :data:`PROGRAMS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Program = Callable[[Any], Any]
PROGRAMS: dict[str, Program] = {}
#: functions with writes through views, and what they compute without any: (written, plain), each from a module to a function
TWICE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}


def program(function: Program) -> Program:
    """Enter a program in the table."""
    PROGRAMS[function.__name__] = function
    return function


def raised(call: Callable[[], Any], length: int = 40) -> str:
    """Return the beginning of what an error says."""
    try:
        call()
    except (RuntimeError, TypeError, ValueError) as error:
        return str(error)[:length]
    return "nothing"


def numbers(t: Any, *shape: int, requires_grad: bool = False) -> Any:
    """Return complex numbers, all different."""
    size = 1
    for length in shape:
        size *= length
    real = t.arange(1, size + 1, dtype=t.float64)
    return t.complex(real, real * real - 3).reshape(shape).detach().requires_grad_(requires_grad)


def weighed(t: Any, x: Any) -> Any:
    """Return a number that depends on every element and part of a tensor, each with another weight."""
    parts = x.reshape(-1)
    if x.is_complex():
        parts = t.cat([parts.real, parts.imag])
    return (t.sin(parts) * t.arange(1, parts.numel() + 1, dtype=t.float64)).sum()


# ---------------------------------------------------------------- sharing


@program
def parts_of_zeros(t: Any) -> Any:
    b = t.zeros(3, dtype=t.complex128)
    t.view_as_real(b)[:, 1] = 5
    b.real[0] = 7
    return b


@program
def base_written_views_read(t: Any) -> Any:
    z = numbers(t, 2, 3)
    views = [z.real, z.imag, t.view_as_real(z), z.conj(), z.mH, z.T.imag, z[:, 1:].real, z.diagonal().imag, z.real[1]]
    z[0] = 9 - 1j
    z.mul_(2)
    return views


@program
def views_written_base_read(t: Any) -> Any:
    z = numbers(t, 3, 3)
    z.real[0] = 7
    z.imag.T[1] = -1
    z[1:, ::2].real.add_(100)
    z.T.imag.diagonal().fill_(0.5)
    t.view_as_real(z)[2, :, 1].mul_(3)
    t.view_as_real(z.T)[0].zero_()
    z.real.narrow(1, 1, 2).copy_(t.ones(2, dtype=t.float64) * 4)
    z.real.unbind(0)[2].sub_(1)
    return z


@program
def all_kinds_of_writes(t: Any) -> Any:
    z = numbers(t, 4)
    z.real.masked_fill_(z.real > 2, 0.25)
    z.imag.index_put_((t.tensor([0, 2]),), t.tensor([5.0, 6.0], dtype=t.float64))
    z.real.index_fill_(0, t.tensor([3]), -8)
    t.mul(z.imag, 2, out=z.real)
    z.imag.clamp_(min=0)
    z.imag[z.imag > 3] = 3.5
    z.conj().add_(1j)
    z.conj()[1] = 2 + 3j
    z.conj().imag[2] = 4
    return z


@program
def joined_views(t: Any) -> Any:
    x = t.arange(12, dtype=t.float64).reshape(3, 4)
    c = t.view_as_complex(x.view(3, 2, 2))
    c[0] = 1j
    t.view_as_complex(x[1:, 2:]).mul_(1j)
    t.view_as_complex(x.view(-1, 2))[::2].real.zero_()
    x[2] = -x[2]
    return [x, c, c.stride(), c[1:].storage_offset(), t.view_as_real(c)[1].real]


@program
def numbers_and_nothing(t: Any) -> Any:
    z = t.tensor(1 + 2j, dtype=t.complex128)
    z.real.fill_(5)
    z.imag = 3
    empty = t.zeros(0, 3, dtype=t.complex128)
    empty.real.fill_(1)
    return [
        z,
        z.real.stride(),
        t.view_as_real(z),
        empty.imag,
        t.view_as_real(empty).shape,
        t.view_as_complex(t.zeros(0, 2)),
    ]


@program
def assigned_parts(t: Any) -> Any:
    z = numbers(t, 3)
    z.real = t.arange(3)
    z.imag = 2
    z[1:].real = t.tensor([8.0, 9.0])
    x = t.ones(2)
    x.real = 5
    return [z, x, x.real is x, raised(lambda: setattr(z, "real", [1, 2, 3]), 20), raised(lambda: setattr(x, "imag", 1))]


@program
def other_dtypes(t: Any) -> Any:
    x = t.tensor([1.0, -2.0, 3.0, 4.0, 5.0])
    bits = x.view(t.int32)
    bits[0] = 0
    x[1] = 7
    wide = x[:4].view(t.float64)
    wide[1] = 2
    x[4] = -1
    small = x.view(t.uint8)
    small[3] = 64
    half = x[2:].view(t.int16)
    return [x, bits, wide.shape, wide, small[4:8], half.shape, half]


@program
def truth_and_bytes(t: Any) -> Any:
    u = t.tensor([0, 1, 2], dtype=t.uint8)
    b = u.view(t.bool)
    before = b.clone()
    b[0] = True
    return [before, u[:2], u[2], t.tensor([True, False]).view(t.uint8)]


@program
def chains(t: Any) -> Any:
    z = numbers(t, 2, 2)
    bits = t.view_as_real(z).view(t.int64)
    bits[0, 0, 1] = 0
    halves = z.view(t.float32)
    halves[1, 4:] = 0
    again = z.view(t.float64).view(t.complex128)
    again[1, 0] = 3j
    return [
        z,
        bits.shape,
        halves.shape,
        again.shape,
        z.real.T[1],
        t.view_as_complex(t.view_as_real(z.conj().resolve_conj())),
    ]


@program
def refusals(t: Any) -> Any:
    return [
        raised(lambda: t.view_as_complex(t.zeros(3, 4)[:, ::2])),
        raised(lambda: t.view_as_complex(t.zeros(3, 4)[:, :2].T)),
        raised(lambda: t.view_as_complex(t.zeros(4, 3)[:, :2])),
        raised(lambda: t.view_as_complex(t.zeros(10)[1:9].view(4, 2))),
        raised(lambda: t.view_as_complex(t.zeros(3))),
        raised(lambda: t.view_as_complex(t.tensor(1.0))),
        raised(lambda: t.view_as_complex(t.zeros(2, dtype=t.int32))),
        raised(lambda: t.view_as_real(t.zeros(2))),
        raised(lambda: t.view_as_real(t.zeros(2, dtype=t.complex128).conj())),
        raised(lambda: t.zeros(2).imag),
        raised(lambda: t.zeros(3).view(t.float64)),
        raised(lambda: t.zeros(4)[1:3].view(t.float64)),
        raised(lambda: t.zeros(4, 4).T.view(t.float64)),
        raised(lambda: t.tensor(1.0).view(t.float64)),
        raised(lambda: t.zeros(2, dtype=t.complex128).conj().numpy()),
        raised(lambda: t.view_as_real(t.zeros(2, 1, dtype=t.complex128).expand(2, 3)).add_(1)),
    ]


@program
def geometry(t: Any) -> Any:
    z = numbers(t, 3, 4)
    x = t.zeros(3, 4, 2, dtype=t.float64)
    views = {
        "real": z.real,
        "imag": z.imag,
        "parts": t.view_as_real(z),
        "slice": z[1:, ::2].imag,
        "transposed": z.T.real,
        "conj": z.conj(),
        "mH": z.mH,
        "joined": t.view_as_complex(x),
        "joined slice": t.view_as_complex(x[:, 1:]),
        "expanded": z[:, :1].expand(3, 5).real,
        "conj imag": z.conj().imag,
    }
    told = []
    for view in views.values():
        start = (x if view._base is x else z).data_ptr()
        told += [tuple(view.shape), view.stride(), view.storage_offset(), view.data_ptr() - start, view.is_contiguous()]
        told += [view._is_view(), view._base is z or view._base is x, view.is_conj(), view.is_neg()]
    recast = z.view(t.float64)
    return [
        *told,
        recast._is_view(),
        recast._base is None,
        z.conj().conj().is_conj(),
        z._is_view(),
        z.real[0]._base is z,
    ]


# ---------------------------------------------------------------- versions and history


@program
def shared_versions(t: Any) -> Any:
    z = numbers(t, 3)
    real, bits = z.real, z.view(t.float64)
    real.add_(1)
    bits.mul_(2)
    z.imag[0] = 1
    detached, apart = z.detach(), z.data
    detached.imag.zero_()
    apart.real.fill_(5)
    return [z._version, real._version, bits._version, detached._version, apart._version, z, real, apart]


@program
def stale_base(t: Any) -> Any:
    told = []
    for write in (
        lambda h: h.imag.add_(1),
        lambda h: h.detach().real.zero_(),
        lambda h: h.detach().view(t.float64).zero_(),
        lambda h: h.conj().mul_(2),
        lambda h: h.data.imag.zero_(),
    ):
        z = numbers(t, 3, requires_grad=True)
        h = z * 2
        y = (h * h).abs().sum()
        write(h)
        told.append(raised(y.backward))
    return told


@program
def written_parts_differentiated(t: Any) -> Any:
    z = numbers(t, 2, requires_grad=True)
    h = z * 2
    h.real.mul_(3)
    h.imag.add_(h.real.detach())
    weighed(t, h).backward()
    return [h, z.grad, h.grad_fn.name().rpartition("::")[2]]


@program
def views_follow_their_base(t: Any) -> Any:
    z = numbers(t, 2, 2, requires_grad=True)
    h = z * 2
    real, parts, conj, column = h.real, t.view_as_real(h), h.conj(), h.T.imag[1]
    real.mul_(h.imag.clone())
    names = [one.grad_fn.name() for one in (real, parts, conj, column)]
    (weighed(t, real) + weighed(t, parts) * 2 + weighed(t, conj) * 3 + weighed(t, column) * 4).backward()
    return [z.grad, names]


@program
def joined_history(t: Any) -> Any:
    x = t.arange(1, 9, dtype=t.float64).requires_grad_()
    y = x * 2
    c = t.view_as_complex(y.view(4, 2))
    c.mul_(1j)
    c[1:].real.mul_(c.imag[1:].clone())
    y[3].mul_(5)
    (weighed(t, y) + weighed(t, c)).backward()
    return [x.grad, c.grad_fn.name(), y.grad_fn.name().rpartition("::")[2]]


@program
def transposed_base(t: Any) -> Any:
    z = numbers(t, 2, 3, requires_grad=True)
    h = (z * 2).T.detach().clone() * 1
    k = (z * z).transpose(0, 1).clone()
    k.real[1:].mul_(h.imag[1:])
    k.T.imag[0].add_(k.detach().real[:, 0])
    weighed(t, k).backward()
    return z.grad


@program
def conjugates_written(t: Any) -> Any:
    z = numbers(t, 2, 2, requires_grad=True)
    h = z * 2
    conj = h.conj()
    conj[0].mul_(2 + 1j)
    conj.imag.mul_(h.real.clone())
    h.mH[1].add_(conj[0].detach())
    (weighed(t, h) + weighed(t, conj.resolve_conj())).backward()
    return [h, conj.resolve_conj(), z.grad]


@program
def values_with_history(t: Any) -> Any:
    w = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    b = t.zeros(2, dtype=t.complex128)
    b.real.copy_(w)
    b.imag[0] = w[1] * w[0]
    b.conj().imag[1] = w[0]
    weighed(t, b).backward()
    return [b, w.grad, b.requires_grad, b.is_leaf]


@program
def second_order(t: Any) -> Any:
    z = numbers(t, 2, requires_grad=True)
    h = z * z
    h.real.mul_(h.imag.clone())
    t.view_as_real(h)[1, 1].mul_(3)
    h.conj().imag.add_(z.real)
    (g,) = t.autograd.grad(weighed(t, h), z, create_graph=True)
    (gg,) = t.autograd.grad(weighed(t, g), z)
    return [g, gg]


@program
def leaves_refuse(t: Any) -> Any:
    z = numbers(t, 3, requires_grad=True)
    x = t.ones(2, 2, dtype=t.float64, requires_grad=True)
    told = [
        raised(lambda: z.real.mul_(2)),
        raised(lambda: t.view_as_real(z).zero_()),
        raised(lambda: z.imag[0:1].fill_(2)),
        raised(lambda: z.conj().mul_(2)),
        raised(lambda: t.view_as_complex(x).mul_(2)),
        raised(lambda: setattr(z, "real", 1)),
    ]
    with t.no_grad():
        z.real.fill_(2)
        view = z.imag
    told.append(raised(lambda: view.mul_(2), 60))
    z.detach().imag.fill_(4)
    z.view(t.float64)[0] = 1
    return [*told, z.detach()]


@program
def under_no_grad(t: Any) -> Any:
    z = numbers(t, 3, requires_grad=True)
    h = z * 2
    with t.no_grad():
        h.real.add_(5)
    weighed(t, h).backward()
    return [h.detach(), z.grad]


# ---------------------------------------------------------------- transforms


def _filled(t: Any) -> Callable[[Any], Any]:
    def fill(x: Any) -> Any:
        z = t.complex(x, x * 2)
        z.real[0] = x[1] * 3
        z.imag.mul_(x)
        z.conj()[1] = z[0].clone() * x[0]
        return weighed(t, z)

    return fill


def _made_inside(t: Any) -> Callable[[Any], Any]:
    def make(x: Any) -> Any:
        z = t.zeros(3, dtype=t.complex128)
        real, imag = z.real, z.imag
        real[:2] = x
        imag[1:] = x * x
        real.mul_(2)
        return weighed(t, z)

    return make


def _joined_inside(t: Any) -> Callable[[Any], Any]:
    def join(x: Any) -> Any:
        y = x * x
        c = t.view_as_complex(y.view(1, 2))
        c.mul_(1j)
        c.conj()[0] = c[0].clone() * x[0]
        return weighed(t, y)

    return join


def _filled_plainly(t: Any) -> Callable[[Any], Any]:
    def fill(x: Any) -> Any:
        real, imag = [x[1] * 3, x[1]], [x[0] * 2 * x[0], x[1] * 2 * x[1]]
        return weighed(t, t.complex(t.stack([real[0], real[0] * x[0]]), t.stack([imag[0], -imag[0] * x[0]])))

    return fill


def _made_plainly(t: Any) -> Callable[[Any], Any]:
    def make(x: Any) -> Any:
        zero = t.zeros(1, dtype=t.float64)
        return weighed(t, t.complex(t.cat([x * 2, zero]), t.cat([zero, x * x])))

    return make


def _joined_plainly(t: Any) -> Callable[[Any], Any]:
    def join(x: Any) -> Any:
        y = x * x
        return weighed(t, t.stack([-y[1] * x[0], -y[0] * x[0]]))

    return join


TWICE |= {
    "fill": (_filled, _filled_plainly),
    "make inside": (_made_inside, _made_plainly),
    "join": (_joined_inside, _joined_plainly),
}


def _transform(name: str, make: Callable[[Any], Callable[[Any], Any]], call: Callable[[Any, Any, Any], Any]) -> None:
    def run(t: Any) -> Any:
        return call(t, make(t), t.tensor([1.5, -2.0], dtype=t.float64))

    PROGRAMS[f"{call.__name__} of {name}"] = run


def value(t: Any, f: Any, x: Any) -> Any:
    return f(x)


def grad(t: Any, f: Any, x: Any) -> Any:
    return t.func.grad(f)(x)


def jvp(t: Any, f: Any, x: Any) -> Any:
    return list(t.func.jvp(f, (x,), (x * 2,)))


def forward_over_reverse(t: Any, f: Any, x: Any) -> Any:
    return list(t.func.jvp(t.func.grad(f), (x,), (x * 2,)))


def reverse_over_reverse(t: Any, f: Any, x: Any) -> Any:
    return t.func.jacrev(t.func.grad(f))(x)


def vmap(t: Any, f: Any, x: Any) -> Any:
    return t.func.vmap(f)(t.stack([x, x + 1]))


def vmap_of_grad(t: Any, f: Any, x: Any) -> Any:
    return t.func.vmap(t.func.grad(f))(t.stack([x, x + 1]))


def forward_jacobian(t: Any, f: Any, x: Any) -> Any:
    return t.func.jacfwd(f)(x)


def hessian(t: Any, f: Any, x: Any) -> Any:
    return t.func.hessian(f)(x)


#: what is done with each function, from a module, the function and a point; the last two for those that make nothing unbatched
CALLS = (value, grad, jvp, forward_over_reverse, reverse_over_reverse, forward_jacobian, hessian)
BATCHED = (vmap, vmap_of_grad)

for _call in (grad, jvp, forward_over_reverse, reverse_over_reverse):
    _transform("fill", _filled, _call)
    _transform("join", _joined_inside, _call)
for _call in (vmap, vmap_of_grad):
    _transform("fill", _filled, _call)
    _transform("join", _joined_inside, _call)


@program
def duals(t: Any) -> Any:
    forward = t.autograd.forward_ad
    x = t.tensor([1.0, 2.0], dtype=t.float64)
    with forward.dual_level():
        d = forward.make_dual(x, x * 3)
        z = t.zeros(2, dtype=t.complex128)
        real = z.real
        real.copy_(d)
        z.imag[0] = d[1] * d[0]
        z.conj().imag[1].sub_(d[0])
        row = t.zeros(3, dtype=t.float64)
        row[:2] = d
        row[1:].mul_(2)
        told = [forward.unpack_dual(one) for one in (z, real, row)]
        told = [part.clone() for pair in told for part in (pair.primal, pair.tangent)]
    return told


__all__ = ["BATCHED", "CALLS", "PROGRAMS", "TWICE"]
