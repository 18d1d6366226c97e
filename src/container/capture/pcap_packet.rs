//! What packets carry: the layers below IP, IP with its tunnels, and its fragments put together.

use std::collections::VecDeque;
use std::net::IpAddr;

use etherparse::defrag::IpDefragBuf;
use etherparse::{EtherType, IpFragOffset, IpNumber, Ipv6ExtensionSlice};
use etherparse::{LaxIpSlice, LaxNetSlice, LaxSlicedPacket};

use crate::container::bytes::Bytes;

/// So many packets wait for the rest of their fragments; then the oldest is given up.
const MOST_WAITING: usize = 32;
/// A packet that is known in more pieces than this is given up.
const MOST_PIECES: usize = 64;

const PPPOE: EtherType = EtherType(0x8864);

/// The packet in a frame, which may be tagged or one of PPPoE, if it is of IP. Nothing at all
/// for an unknown link type.
pub fn network(link_type: u32, frame: &[u8]) -> Option<Option<LaxNetSlice<'_>>> {
    let mut rest = Bytes(frame);
    let kind = match link_type {
        // Loopback: the protocol family in four bytes of some order.
        0 | 108 => rest.take(4).map(|_| EtherType::IPV4.0),
        12 | 14 | 101 | 228 | 229 => Some(EtherType::IPV4.0),
        1 => rest.take(12).and_then(|_| rest.u16_be()),
        // Linux "cooked" captures.
        113 => rest.take(14).and_then(|_| rest.u16_be()),
        276 => rest.u16_be().filter(|_| rest.take(18).is_some()),
        _ => return None,
    };
    let packet = kind.and_then(|kind| {
        let packet = LaxSlicedPacket::from_ether_type(EtherType(kind), rest.0);
        let inner = packet.ether_payload()?;
        if inner.ether_type != PPPOE {
            return packet.net;
        }
        let mut session = Bytes(inner.payload);
        session.take(6)?;
        let is_ip = matches!(session.u16_be()?, 0x0021 | 0x0057);
        ip(session.0).filter(|_| is_ip)
    });
    Some(packet)
}

/// A packet of either version, as far as it is there.
pub fn ip(bytes: &[u8]) -> Option<LaxNetSlice<'_>> {
    LaxIpSlice::from_slice(bytes).ok().map(|(ip, _)| ip.into())
}

/// What tells the fragments of one packet from those of others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub from: IpAddr,
    pub to: IpAddr,
    /// What the packet carries.
    pub number: IpNumber,
    id: u32,
}

/// A packet, or a fragment of one.
pub struct Packet<'a> {
    pub origin: Origin,
    pub payload: &'a [u8],
    pub is_fragment: bool,
    /// Where a fragment belongs, and whether others follow.
    place: (IpFragOffset, bool),
}

impl<'a> Packet<'a> {
    /// Its parts, if it is a packet of IP.
    pub fn of(packet: &LaxNetSlice<'a>) -> Option<Packet<'a>> {
        let payload = packet.ip_payload_ref()?;
        let (from, to, id, place) = match packet {
            LaxNetSlice::Ipv4(packet) => {
                let header = packet.header();
                let (from, to) = (header.source_addr(), header.destination_addr());
                let place = (header.fragments_offset(), header.more_fragments());
                (
                    from.into(),
                    to.into(),
                    header.identification().into(),
                    place,
                )
            }
            LaxNetSlice::Ipv6(packet) => {
                let (from, to) = (
                    packet.header().source_addr(),
                    packet.header().destination_addr(),
                );
                let mut extensions = packet.extensions().clone().into_iter();
                let (id, place) = extensions
                    .find_map(|extension| match extension {
                        Ipv6ExtensionSlice::Fragment(fragment) => Some(fragment.to_header()),
                        _ => None,
                    })
                    .map_or((0, (IpFragOffset::ZERO, false)), |header| {
                        let place = (header.fragment_offset, header.more_fragments);
                        (header.identification, place)
                    });
                (from.into(), to.into(), id, place)
            }
            LaxNetSlice::Arp(_) => return None,
        };
        let number = payload.ip_number;
        Some(Packet {
            origin: Origin {
                from,
                to,
                number,
                id,
            },
            payload: payload.payload,
            is_fragment: payload.fragmented,
            place,
        })
    }
}

/// Fragments of packets that wait for others.
#[derive(Default)]
pub struct Fragments(VecDeque<Fragmented>);

/// A packet of which some fragments are known.
pub struct Fragmented {
    pub origin: Origin,
    buffer: IpDefragBuf,
    /// How many fragments it has.
    pub count: u64,
    /// Whether all of it is there.
    pub is_whole: bool,
}

impl Fragmented {
    /// What is known of it from its beginning on without a gap.
    pub fn payload(&self) -> &[u8] {
        let mut sections = self.buffer.sections().iter();
        let first = sections.find(|section| section.start == 0);
        let end = first.map_or(0, |section| usize::from(section.end));
        let data = self.buffer.data();
        data.get(..end).unwrap_or(data)
    }
}

impl Fragments {
    /// Takes a fragment. Gives a packet that is complete now, or one that is given up.
    pub fn take(&mut self, packet: &Packet<'_>) -> Option<Fragmented> {
        let (offset, more) = packet.place;
        let known = self
            .0
            .iter()
            .position(|waiting| waiting.origin == packet.origin);
        let place = known.unwrap_or_else(|| {
            self.0.push_back(Fragmented {
                origin: packet.origin,
                buffer: IpDefragBuf::new(packet.origin.number, Vec::new(), Vec::new()),
                count: 0,
                is_whole: false,
            });
            self.0.len() - 1
        });
        let waiting = &mut self.0[place];
        waiting.count += 1;
        // Of one that is cut there may be less than the units of eight that it needs.
        let length = packet.payload.len();
        let length = if more { length & !7 } else { length };
        let fits = waiting.buffer.add(offset, more, &packet.payload[..length]);
        waiting.is_whole = waiting.buffer.is_complete();
        let is_over = fits.is_err() || waiting.buffer.sections().len() > MOST_PIECES;
        if waiting.is_whole || is_over {
            return self.0.remove(place);
        }
        (self.0.len() > MOST_WAITING).then(|| self.pop()).flatten()
    }

    /// The oldest packet that waits for others.
    pub fn pop(&mut self) -> Option<Fragmented> {
        self.0.pop_front()
    }
}
